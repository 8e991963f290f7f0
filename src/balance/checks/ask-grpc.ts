import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import { decodeHealthResponse, encodeHealthRequest, grpcStatusName, HEALTH_CHECK_PATH } from "./grpc-health.ts";
import { askHttp2 } from "./http2-exchange.ts";
import { CheckFailure, type LayerFinding, type ProbeRun } from "./probe-run.ts";
import { USER_AGENT } from "./user-agent.ts";
import { shown } from "./words.ts";
import { errorMessage } from "../../error-message.ts";

export interface GrpcTarget {
  /** `:authority`. */
  readonly authority: string;
  readonly secure: boolean;
  /** "" = the server as a whole. */
  readonly service: string;
}

/** One call of grpc.health.v1.Health/Check. Good is SERVING and nothing else. */
export async function askGrpc(
  run: ProbeRun,
  session: ClientHttp2Session,
  target: GrpcTarget,
): Promise<LayerFinding<null>> {
  const request = {
    ":method": "POST",
    ":scheme": target.secure ? "https" : "http",
    ":path": HEALTH_CHECK_PATH,
    ":authority": target.authority,
    "content-type": "application/grpc",
    // Tells a server that the client reads trailers, where gRPC has its status (RFC 9110 §10.1.4).
    te: "trailers",
    "user-agent": USER_AGENT,
    // The server need not work for longer than anyone waits; at most eight digits.
    "grpc-timeout": `${Math.min(Math.ceil(run.timeout), 99_999_999)}m`,
  };
  const answer = await askHttp2(run, session, request, encodeHealthRequest(target.service), judgeHead);
  if (answer.body.full) throw new CheckFailure("the answer is longer than 64 KiB");
  // An answer without a message has its status among its first fields ("Trailers-Only").
  const statusFields = "grpc-status" in answer.trailers ? answer.trailers : answer.fields;
  judgeStatus(statusFields, target.service);
  const serving = servingStatus(answer.body.bytes());
  if (serving !== "SERVING") throw new CheckFailure(serving);
  return { value: null, detail: serving };
}

/** A proxy, or a server without gRPC, answers with an HTTP status or a page. */
function judgeHead(status: number, fields: IncomingHttpHeaders): void {
  if (status !== 200) throw new CheckFailure(`HTTP status ${status}, expected a gRPC answer`);
  const type = fields["content-type"];
  if (type !== undefined && !type.startsWith("application/grpc")) {
    throw new CheckFailure(`content-type ${shown(type)}, expected application/grpc`);
  }
}

function judgeStatus(fields: IncomingHttpHeaders, service: string): void {
  const text = fields["grpc-status"];
  if (typeof text !== "string" || !/^\d{1,3}$/.test(text)) throw new CheckFailure("the answer has no grpc-status");
  const code = Number(text);
  if (code === 0) return;
  const name = grpcStatusName(code);
  // The protocol's own meanings; for every other code what the server says about it.
  if (name === "NOT_FOUND") {
    throw new CheckFailure(`NOT_FOUND: the server does not know the service ${JSON.stringify(service)}`);
  }
  if (name === "UNIMPLEMENTED") throw new CheckFailure("UNIMPLEMENTED: the server has no grpc.health.v1.Health");
  const message = fields["grpc-message"];
  throw new CheckFailure(typeof message === "string" && message !== "" ? `${name}: ${shown(message)}` : name);
}

function servingStatus(bytes: Buffer): string {
  try {
    return decodeHealthResponse(bytes);
  } catch (error) {
    throw new CheckFailure(errorMessage(error));
  }
}
