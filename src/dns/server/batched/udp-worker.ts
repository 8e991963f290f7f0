/**
 * A thread that does nothing but answer UDP queries: it waits in the kernel for a batch, answers it, and sends all answers
 * by one call. What it can not answer (answers that depend on the client, online signatures, transfers, NOTIFY) goes to the
 * main thread, which answers over the same socket.
 */
import { parentPort, workerData } from "node:worker_threads";
import { createAddressSet } from "../../../bytes/address-set.ts";
import type { AuthoritativeZone } from "../../authority/authoritative-zone.ts";
import type { DnsClient } from "../../authority/dns-client.ts";
import type { MessageHandler } from "../../authority/message-handler.ts";
import { HANDED_OVER, Responder, UDP_SIZE } from "../../authority/responder.ts";
import { Counter, ResponderStatistics } from "../../authority/responder-statistics.ts";
import { ResponseRateLimiter } from "../../authority/response-rate-limiter.ts";
import { ServerCookies } from "../../authority/server-cookies.ts";
import { ZoneSet } from "../../authority/zone-set.ts";
import { reportFailure } from "../report-failure.ts";
import { ANSWER_SIZE, BatchSocket, QUERY_SIZE } from "./batch-socket.ts";
import { openZone, type SharedZone } from "./shared-zone.ts";
import { ADDRESS_SIZE, addressLength, hostAt, portAt } from "./socket-address.ts";
import type { ToMain, ToWorker, WorkerSettings } from "./worker-messages.ts";

/** Milliseconds between two looks at the clock and at messages of the main thread. */
const PAUSE = 100;

/** The sender of one datagram of the batch. Its address becomes text only when somebody reads it. */
class BatchClient implements DnsClient {
  readonly transport = "udp";
  at = 0;
  readonly #addresses: Uint8Array;

  constructor(addresses: Uint8Array) {
    this.#addresses = addresses;
  }

  get address(): string {
    return hostAt(this.#addresses, this.at);
  }

  get port(): number {
    return portAt(this.#addresses, this.at);
  }
}

/** Whatever is no plain query is for the main thread. */
const MAIN_THREAD: MessageHandler = { handles: () => true, handle: () => Promise.resolve() };

class UdpWorker {
  readonly #settings: WorkerSettings;
  readonly #socket: BatchSocket;
  readonly #client: BatchClient;
  readonly #zones = new ZoneSet();
  readonly #elsewhere = new Set<AuthoritativeZone>();
  readonly #cookies: ServerCookies | null;
  readonly #responder: Responder;
  #opened = new Map<number, AuthoritativeZone>();

  constructor(settings: WorkerSettings) {
    const { cookieSecret, rateLimit } = settings;
    this.#settings = settings;
    this.#socket = new BatchSocket(settings.descriptor);
    this.#client = new BatchClient(this.#socket.addresses);
    this.#cookies = cookieSecret === null ? null : new ServerCookies(cookieSecret);
    this.#responder = new Responder(this.#zones, {
      ...(this.#cookies !== null && { cookies: this.#cookies }),
      ...(rateLimit !== null && {
        rateLimiter: new ResponseRateLimiter({ ...rateLimit, exempt: createAddressSet(settings.exempt) }),
      }),
      ...(settings.nsid !== "" && { nsid: Buffer.from(settings.nsid) }),
      handlers: settings.hasHandlers ? [MAIN_THREAD] : [],
      chaos: settings.chaos,
      cookiesRequiredAbove: settings.cookiesRequiredAbove,
      statistics: new ResponderStatistics(settings.statistics),
      elsewhere: this.#elsewhere,
    });
    this.adopt(settings.zones);
  }

  onMessage(message: ToWorker): void {
    if (message.kind === "zones") this.adopt(message.zones);
    else this.#cookies?.rotate(message.secret);
  }

  /** From now on these are the zones. Those that were there before keep the answers made of them so far. */
  adopt(zones: readonly SharedZone[]): void {
    const opened = new Map<number, AuthoritativeZone>();
    for (const shared of zones) {
      const zone = this.#opened.get(shared.id) ?? openZone(shared);
      opened.set(shared.id, zone);
      if (shared.elsewhere) this.#elsewhere.add(zone);
      this.#zones.set(zone);
    }
    for (const [id, zone] of this.#opened) {
      if (opened.has(id)) continue;
      this.#elsewhere.delete(zone);
      if (this.#zones.get(zone.data.apex) === zone) this.#zones.delete(zone.data.apex);
    }
    this.#opened = opened;
  }

  async run(): Promise<void> {
    const control = new Int32Array(this.#settings.control);
    const unsent = new Float64Array(this.#settings.unsent);
    const socket = this.#socket;
    let paused = Date.now();
    while (Atomics.load(control, 0) === 0) {
      const count = socket.receive();
      for (let index = 0; index < count; index++) {
        try {
          this.#answer(index);
        } catch (error) {
          reportFailure(error);
        }
      }
      if (count > 0) socket.flush();
      const now = Date.now();
      if (now - paused < PAUSE) continue;
      paused = now;
      this.#responder.tick(now);
      unsent[0] = socket.unsent;
      // Messages of the main thread are delivered between two turns of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #answer(index: number): void {
    const socket = this.#socket;
    const start = index * QUERY_SIZE;
    const end = start + socket.queryLength(index);
    this.#client.at = index * ADDRESS_SIZE;
    const at = socket.next * ANSWER_SIZE;
    const length = this.#responder.respond(socket.queries, start, end, socket.answers, at, UDP_SIZE, this.#client);
    if (length > 0) socket.add(length, index);
    else if (length === HANDED_OVER) this.#handOver(start, end);
  }

  #handOver(start: number, end: number): void {
    const { queries, addresses } = this.#socket;
    const { query, statistics } = this.#responder;
    // The main thread counts it.
    statistics.uncount(0, query.type);
    if (this.#responder.handler !== null) statistics.counters[Counter.handedOver]!--;
    const { at } = this.#client;
    const from = addresses.slice(at, at + addressLength(addresses, at));
    post({ kind: "query", message: queries.slice(start, end), from });
  }
}

function post(message: ToMain): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(message);
}

const worker = new UdpWorker(workerData as WorkerSettings);
parentPort!.on("message", (message: ToWorker) => worker.onMessage(message));
post({ kind: "started" });
await worker.run();
// Of a thread: only that ends.
process.exit();
