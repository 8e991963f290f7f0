import type { Env } from "../contract/env.ts";
import type { Exchange } from "../contract/exchange.ts";
import { Method } from "../contract/method.ts";
import { discardBody, type Reply } from "../contract/reply.ts";
import { isBodyless } from "./status.ts";
import { pumpStream } from "./stream-pump.ts";

/** Sends the body of a reply that the edge made. False: a stream goes on, and ends the reply by itself. */
export function sendReplyBody(exchange: Exchange, reply: Reply, env: Env): boolean {
  const { body } = reply;
  if (body.kind === "stream") {
    if (!isBodyless(reply.status, exchange.method === Method.HEAD)) {
      pumpStream(body.stream, exchange, body.length, env);
      return false;
    }
    discardBody(body);
  } else if (body.kind === "bytes") {
    const bytes = Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length);
    exchange.reply.data(bytes, 0, bytes.length, null);
  }
  return true;
}
