import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { CheckHttp, CheckPlan, CheckTls } from "../../contract/health-plan.ts";
import type { LayerResult } from "../../contract/target-health.ts";
import { askHttp1 } from "./ask-http1.ts";
import { CheckImpossible, connectTcp } from "./connect-tcp.ts";
import { type Alpn, connectTls } from "./connect-tls.ts";
import { judgeBody, judgeStatus } from "./http-answer.ts";
import { CheckFailure, type LayerFinding, ProbeRun } from "./probe-run.ts";
import type * as Http2Exchange from "./http2-exchange.ts";
import { USER_AGENT } from "./user-agent.ts";

/** What a check needs to know of a target. */
export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for Host and `:authority`. */
  readonly address: string;
}

/**
 * Checks a target once: layer by layer, outermost first, up to the first that fails. It ends within `plan.timeout`, at
 * once when the signal aborts.
 * @throws CheckImpossible when this machine could not even try.
 */
export type Probe = (target: ProbeTarget, plan: CheckPlan, signal: AbortSignal) => Promise<readonly LayerResult[]>;

export interface ProbeOptions {
  /** Trusted certificates, PEM; without it, those of the system. */
  readonly ca?: string;
}

const ANY_TLS: CheckTls = { serverName: "", verify: true };

/** The probe that opens connections. */
export function createProbe(options: ProbeOptions = {}): Probe {
  const ca = options.ca ?? null;
  return async (target, plan, signal) => {
    const run = new ProbeRun(plan.timeout, signal);
    try {
      await walk(run, target, plan, ca);
    } catch (error) {
      if (error instanceof CheckImpossible) throw error;
      // The layer that ended it is the last one written down.
    } finally {
      run.end();
    }
    return run.layers;
  };
}

async function walk(run: ProbeRun, target: ProbeTarget, plan: CheckPlan, ca: string | null): Promise<void> {
  const port = plan.port === 0 ? target.port : plan.port;
  let socket: Socket | TLSSocket = await run.layer("tcp", () => connectTcp(run, target.host, port));
  if (plan.kind === "tcp") return;
  const tls = plan.tls ?? (plan.kind === "tls" ? ANY_TLS : null);
  if (tls !== null) {
    const connected = socket;
    socket = await run.layer("tls", () =>
      connectTls(run, connected, { host: target.host, tls, alpn: alpnOf(plan), ca }),
    );
  }
  if (plan.kind === "tls") return;
  const inner = socket;
  const secure = tls !== null;
  if (plan.kind === "grpc") {
    const [{ askGrpc }, { openHttp2 }] = await Promise.all([import("./ask-grpc.ts"), loadHttp2()]);
    const session = await run.layer("http", async () => {
      return { value: await openHttp2(run, inner, secure), detail: "HTTP/2" };
    });
    const authority = tls === null || tls.serverName === "" ? target.address : tls.serverName;
    await run.layer("grpc", () => askGrpc(run, session, { authority, secure, service: plan.service }));
    return;
  }
  await run.layer("http", () => {
    if (plan.http === null) throw new CheckFailure("the check has no request");
    return plan.http.version === 1
      ? askHttp1(run, inner, plan.http, target.address)
      : askOverHttp2(run, inner, secure, plan.http, target.address);
  });
}

/** Runtimes take some 20 ms to load HTTP/2, which few checks need. */
function loadHttp2(): Promise<typeof Http2Exchange> {
  return import("./http2-exchange.ts");
}

function alpnOf(plan: CheckPlan): Alpn {
  if (plan.kind === "tls") return null;
  return plan.kind === "grpc" || plan.http?.version === 2 ? "h2" : "http/1.1";
}

async function askOverHttp2(
  run: ProbeRun,
  socket: Socket | TLSSocket,
  secure: boolean,
  http: CheckHttp,
  host: string,
): Promise<LayerFinding<null>> {
  const { askHttp2, openHttp2 } = await loadHttp2();
  const session = await openHttp2(run, socket, secure);
  const request = {
    ":method": http.method,
    ":scheme": secure ? "https" : "http",
    ":path": http.path,
    ":authority": http.host === "" ? host : http.host,
    "user-agent": USER_AGENT,
    accept: "*/*",
    "accept-encoding": "identity",
  };
  const { status, body } = await askHttp2(run, session, request, null, (code) => judgeStatus(code, http.statuses));
  return { value: null, detail: judgeBody(status, body, http) };
}
