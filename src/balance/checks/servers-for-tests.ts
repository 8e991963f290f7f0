import { createServer as createHttp2, type Http2Server, type Http2Session, type ServerHttp2Stream } from "node:http2";
import type { IncomingHttpHeaders, ServerOptions } from "node:http2";
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTls, type TlsOptions, type TLSSocket } from "node:tls";
import type { CheckHttp, CheckPlan } from "../../contract/health-plan.ts";
import type { LayerResult } from "../../contract/target-health.ts";
import type { CertificatePair } from "../../contract/certificate-source.ts";
import { CHECK } from "./pool-for-tests.ts";
import { createProbe, type ProbeOptions } from "./probe.ts";

/** Targets to be checked, on loopback, and what a check of them found. */

export type Http2Handler = (stream: ServerHttp2Stream, fields: IncomingHttpHeaders, session: Http2Session) => void;

export class Servers {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** Answers the port. */
  tcp(onSocket: (socket: Socket) => void = () => {}): Promise<number> {
    return this.#listen(
      createTcp((socket) => {
        onSocket(socket);
        // Who does not read does not see the other side's end.
        socket.resume();
      }),
    );
  }

  tls(certificate: CertificatePair, onSocket: (socket: TLSSocket) => void = () => {}, options: TlsOptions = {}) {
    const server = createTls({ cert: certificate.certificate, key: certificate.key, ...options }, (socket) => {
      socket.on("error", () => {});
      onSocket(socket);
    });
    server.on("tlsClientError", () => {});
    return this.#listen(server);
  }

  http2(onStream: Http2Handler, options: ServerOptions = {}): Promise<number> {
    return this.#listen(http2Server(onStream, options) as unknown as Server);
  }

  http2Secure(certificate: CertificatePair, onStream: Http2Handler): Promise<number> {
    const server = http2Server(onStream, {});
    return this.tls(certificate, (socket) => server.emit("connection", socket), { ALPNProtocols: ["h2"] });
  }

  /** Connections that checks have left open after a moment; 0 as it should be. */
  async left(): Promise<number> {
    const deadline = performance.now() + BUSY;
    while (this.#sockets.size > 0 && performance.now() < deadline) await Bun.sleep(2);
    return this.#sockets.size;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  #listen(server: Server): Promise<number> {
    this.#servers.push(server);
    server.on("connection", (socket: Socket) => {
      socket.on("error", () => {});
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  }
}

function http2Server(onStream: Http2Handler, options: ServerOptions): Http2Server {
  const server = createHttp2(options);
  server.on("session", (session) => session.on("error", () => {}));
  server.on("stream", (stream, fields) => {
    stream.on("error", () => {});
    onStream(stream as ServerHttp2Stream, fields, stream.session!);
  });
  return server;
}

/** Writes without end, as fast as the event loop turns. */
export function pour(stream: Duplex, bytes: Buffer): void {
  if (stream.destroyed) return;
  stream.write(bytes);
  setImmediate(pour, stream, bytes);
}

export const HTTP: CheckHttp = {
  version: 1,
  method: "GET",
  path: "/healthz",
  host: "",
  statuses: [{ from: 200, to: 399 }],
  body: null,
};

/** What is sure to come has come by then, on a busy machine too, milliseconds. */
const BUSY = 10_000;
/** For targets that answer. */
export const PATIENT = 4000;
/** For those that do not. */
export const SHORT = 400;

export function checked(
  port: number,
  plan: Partial<CheckPlan>,
  options: ProbeOptions = {},
): Promise<readonly LayerResult[]> {
  const target = { host: "127.0.0.1", port, address: `shop.internal:${port}` };
  return createProbe(options)(target, { ...CHECK, timeout: PATIENT, ...plan }, new AbortController().signal);
}

/** `["tcp: connected", "http FAILED: 503, expected 200-399"]`. */
export function told(layers: readonly LayerResult[]): string[] {
  return layers.map(({ layer, ok, detail }) => `${layer}${ok ? "" : " FAILED"}: ${detail}`);
}

/** What the last layer said. */
export function verdict(layers: readonly LayerResult[]): string | undefined {
  return told(layers).at(-1);
}
