import { connect } from "node:net";

import { BUSY } from "./poll.ts";

/** A part is written as it is; a number is a pause in milliseconds. */
export type Part = string | Buffer | number;

export interface RawOptions {
  /** Gives up after this many milliseconds and answers what came. Default `BUSY`. */
  readonly wait?: number;
  /** Done when this is true of what came. Default: when the edge closes. */
  readonly until?: (received: string) => boolean;
  /** Sends FIN after the last part and still reads. */
  readonly end?: boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** Sends raw bytes to a port and answers all that came back, as latin1. */
export function raw(port: number, parts: readonly Part[], options: RawOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect({ port, host: options.host ?? "127.0.0.1", noDelay: true, allowHalfOpen: true });
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    const timer = setTimeout(finish, options.wait ?? BUSY);
    socket.on("data", (bytes: Buffer) => {
      received += bytes.latin1Slice();
      if (options.until?.(received) === true) finish();
    });
    socket.on("end", finish);
    socket.on("close", finish);
    socket.on("error", finish);
    socket.on("connect", () => void send());
    const send = async (): Promise<void> => {
      for (const part of parts) {
        if (typeof part === "number") await Bun.sleep(part);
        else if (typeof part === "string") socket.write(Buffer.from(part, "latin1"));
        else socket.write(part);
      }
      if (options.end === true) socket.end();
    };
  });
}

/** The first response in the text is complete: by Content-Length, by the last chunk, or it has no body. */
export function isComplete(received: string): boolean {
  const head = received.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const fields = received.slice(0, head);
  const length = /\r\ncontent-length: (\d+)/i.exec(fields);
  if (length !== null) return received.length >= head + 4 + Number(length[1]);
  if (/\r\ntransfer-encoding: chunked/i.test(fields))
    return received.endsWith("\r\n\r\n") && /\r\n0\r\n/.test(received.slice(head));
  return true;
}

export function statusOf(received: string): number {
  return Number(received.slice(9, 12));
}

export function bodyOf(received: string): string {
  return received.slice(received.indexOf("\r\n\r\n") + 4);
}

/** Data of a chunked body. */
export function unchunk(body: string): string {
  let data = "";
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf("\r\n", at);
    if (lineEnd < 0) return data;
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (!(size > 0)) return data;
    data += body.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
