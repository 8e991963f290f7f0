/**
 * A request as a client sees it: one real HTTP/1.1 exchange over a plain socket, each step timed. It goes to the
 * address of its URL itself, past every proxy setting of the environment, and follows no redirect.
 */
import type { Milliseconds } from "../contract/time.ts";
import { formatHostPort } from "../bytes/address.ts";
import { lookup } from "node:dns/promises";
import { connect, createServer, isIP, type Socket } from "node:net";
import { ResponseReader } from "./response-reader.ts";

export interface ClientRequest {
  readonly method: string;
  /** Absolute, scheme http. */
  readonly url: URL;
  /** Sent in this order, after Host unless they hold one. Asked with the address once it is known. */
  readonly fields: (address: string) => ReadonlyArray<readonly [string, string]>;
  readonly body: Uint8Array | null;
  /** For the whole exchange, milliseconds. */
  readonly timeout: number;
}

/** What the client saw. Durations in milliseconds; null for a step that was not reached. */
export interface ClientView {
  /** `host:port` that was connected to, or was to be. */
  readonly address: string;
  /** 0 when the host is an address already. */
  readonly lookupMs: Milliseconds | null;
  readonly connectMs: Milliseconds | null;
  /** From connected until the whole request was handed to the kernel. */
  readonly sendMs: Milliseconds | null;
  /** From then until the first byte. */
  readonly waitMs: Milliseconds | null;
  /** From the first byte to the last. */
  readonly receiveMs: Milliseconds | null;
  readonly totalMs: Milliseconds;
  /** Of it this process worked itself: what was seen of edge and network holds no better than to so much. */
  readonly cpuMs: Milliseconds;
  /** 0 when no response came. */
  readonly status: number;
  readonly fields: ReadonlyArray<readonly [string, string]>;
  /** Body bytes received, without framing. */
  readonly bodyBytes: number;
  /** What went wrong, or "". */
  readonly error: string;
}

/** Never rejects for what happens on the way: `error` says it. */
export async function sendClientRequest(request: ClientRequest): Promise<ClientView> {
  await warmUp(isIP(hostOf(request.url)) === 0);
  const exchange = new ClientExchange(request);
  try {
    await exchange.run();
  } catch (error) {
    exchange.error = error instanceof Error ? describeError(error) : String(error);
  }
  return exchange.view();
}

/** Exchanges before the one that counts. After the first few each takes the same time. */
const WARM_UPS = 5;
const WARM_UP_TIMEOUT = 1000;

/**
 * The first exchanges of a process pay for loading and compiling code, some milliseconds that have nothing to do with
 * the request: the very same code, with a server of our own, pays instead. Whether it comes off does not matter.
 */
async function warmUp(named: boolean): Promise<void> {
  if (named) await lookup("localhost").catch(() => null);
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  server.on("error", () => resolve(0));
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(address === null || typeof address === "string" ? 0 : address.port);
  });
  const port = await promise;
  const url = new URL(`http://127.0.0.1:${port}/`);
  for (let round = 0; port > 0 && round < WARM_UPS; round++) {
    const own = { method: "GET", url, fields: () => [], body: null, timeout: WARM_UP_TIMEOUT };
    await new ClientExchange(own).run().catch(() => null);
  }
  server.close();
}

/** The monotonic clock, milliseconds. */
function clock(): number {
  return Bun.nanoseconds() / 1e6;
}

class ClientExchange {
  readonly #request: ClientRequest;
  readonly #reader: ResponseReader;
  readonly #begun = clock();
  readonly #cpuBegun = process.cpuUsage();
  readonly #host: string;
  readonly #port: number;
  #resolved = 0;
  #connected = 0;
  #sent = 0;
  #firstByte = 0;
  #ended = 0;
  #cpuMs = 0;
  error = "";

  constructor(request: ClientRequest) {
    this.#request = request;
    this.#reader = new ResponseReader(request.method);
    this.#host = hostOf(request.url);
    this.#port = request.url.port === "" ? 80 : Number(request.url.port);
  }

  async run(): Promise<void> {
    const named = isIP(this.#host) === 0;
    const address = named ? await this.#lookup() : this.#host;
    this.#resolved = named ? clock() : this.#begun;
    await this.#exchange(address);
  }

  async #lookup(): Promise<string> {
    const { address } = await lookup(this.#host);
    return address;
  }

  #exchange(address: string): Promise<void> {
    const { method, url, fields, body } = this.#request;
    const bytes = encodeRequest({ method, url, fields: fields(address), body });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ host: address, port: this.#port, noDelay: true });
    const rest = Math.max(1, this.#request.timeout - (clock() - this.#begun));
    const timer = setTimeout(() => reject(new Error(`no end after ${this.#request.timeout} ms`)), rest);
    socket.on("connect", () => this.#send(socket, bytes));
    socket.on("data", (received: Buffer) => {
      try {
        this.#take(received);
        if (this.#reader.done) resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on("end", () => {
      if (this.#reader.endOfInput()) resolve();
      else
        reject(
          new Error(
            this.#firstByte === 0 ? "the connection was closed without a response" : "the response was cut off",
          ),
        );
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
    return promise.finally(() => {
      clearTimeout(timer);
      this.#end();
      socket.destroy();
    });
  }

  #send(socket: Socket, bytes: Buffer): void {
    this.#connected = clock();
    // The write is handed to the kernel by the time its callback runs.
    socket.write(bytes, () => {
      if (this.#sent === 0) this.#sent = clock();
    });
  }

  #take(bytes: Buffer): void {
    const now = clock();
    // A server may answer before it has read everything.
    if (this.#sent === 0) this.#sent = now;
    if (this.#firstByte === 0) this.#firstByte = now;
    this.#reader.push(bytes);
  }

  #end(): void {
    this.#ended = clock();
    const { user, system } = process.cpuUsage(this.#cpuBegun);
    this.#cpuMs = round((user + system) / 1000);
  }

  view(): ClientView {
    if (this.#ended === 0) this.#end();
    const ended = this.#ended;
    return {
      address: formatHostPort({ host: this.#host, port: this.#port }),
      lookupMs: between(this.#begun, this.#resolved),
      connectMs: between(this.#resolved, this.#connected),
      sendMs: between(this.#connected, this.#sent),
      waitMs: between(this.#sent, this.#firstByte),
      receiveMs: this.#firstByte === 0 ? null : between(this.#firstByte, ended),
      totalMs: round(ended - this.#begun),
      cpuMs: this.#cpuMs,
      status: this.#reader.status,
      fields: this.#reader.fields,
      bodyBytes: this.#reader.bodyBytes,
      error: this.error,
    };
  }
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function between(begun: number, ended: number): number | null {
  return begun === 0 || ended === 0 ? null : round(Math.max(0, ended - begun));
}

function round(ms: Milliseconds): number {
  return Math.round(ms * 1000) / 1000;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

interface RequestParts {
  readonly method: string;
  readonly url: URL;
  readonly fields: ReadonlyArray<readonly [string, string]>;
  readonly body: Uint8Array | null;
}

/** @throws RangeError when method or a field could not stand in a head as they are. */
export function encodeRequest(request: RequestParts): Buffer {
  if (!TOKEN.test(request.method)) throw new RangeError(`"${request.method}" is not a method`);
  const { url, body } = request;
  const fields: Array<readonly [string, string]> = [];
  const given = new Set(request.fields.map(([name]) => name.toLowerCase()));
  if (!given.has("host")) fields.push(["Host", url.host]);
  fields.push(...request.fields);
  if (!given.has("accept")) fields.push(["Accept", "*/*"]);
  if (body !== null && !given.has("content-length")) fields.push(["Content-Length", String(body.length)]);
  if (!given.has("connection")) fields.push(["Connection", "close"]);
  let head = `${request.method} ${url.pathname}${url.search} HTTP/1.1\r\n`;
  for (const [name, value] of fields) {
    if (!TOKEN.test(name)) throw new RangeError(`"${name}" is not a field name`);
    if (!FIELD_VALUE.test(value)) throw new RangeError(`the value of ${name} holds a character that no field may hold`);
    head += `${name}: ${value}\r\n`;
  }
  return Buffer.concat([Buffer.from(`${head}\r\n`, "latin1"), body ?? new Uint8Array(0)]);
}

const ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused: nothing listens there",
  ECONNRESET: "the connection was reset",
  ENOTFOUND: "the name does not exist",
  EAI_AGAIN: "the name could not be looked up",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host is not reachable",
  ENETUNREACH: "the network is not reachable",
};

function describeError(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const words = ERRORS[code];
  return words === undefined ? error.message : `${words} (${code})`;
}
