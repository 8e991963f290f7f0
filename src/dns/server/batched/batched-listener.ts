/** UDP answered by a thread of its own, batch by batch (see `udp-worker.ts`): the main thread's side. */
import { Worker } from "node:worker_threads";
import type { AuthoritativeZone } from "../../authority/authoritative-zone.ts";
import type { DnsClient } from "../../authority/dns-client.ts";
import { HANDED_OVER, type Responder, UDP_SIZE } from "../../authority/responder.ts";
import { ResponderStatistics } from "../../authority/responder-statistics.ts";
import type { ZoneSet } from "../../authority/zone-set.ts";
import { reportFailure } from "../report-failure.ts";
import { closeDescriptor, openDescriptor, sendTo } from "./batch-socket.ts";
import { type SharedZone, shareZone } from "./shared-zone.ts";
import { hostAt, portAt } from "./socket-address.ts";
import type { ToMain, ToWorker, WorkerSettings } from "./worker-messages.ts";

/**
 * The thread's program. In an executable (`bun build --compile src/main.ts src/dns/server/batched/udp-worker.ts`) all that
 * is imported is one file, and the thread's lies where its source does, seen from `src/`.
 */
const THREAD = import.meta.path.endsWith(".ts")
  ? new URL("./udp-worker.ts", import.meta.url)
  : new URL("./dns/server/batched/udp-worker.js", import.meta.url);

/** How long the thread may wait in the kernel before it looks after other things, milliseconds. */
const WAIT = 100;
/** Before another thread is started in the place of one that failed, milliseconds. */
const RESTART = 200;

export type BatchedSettings = Pick<
  WorkerSettings,
  "cookieSecret" | "cookiesRequiredAbove" | "rateLimit" | "exempt" | "nsid" | "chaos" | "hasHandlers"
>;

export class BatchedListener {
  readonly host: string;
  readonly port: number;
  readonly statistics: ResponderStatistics;
  readonly #responder: Responder;
  readonly #zones: ZoneSet;
  readonly #descriptor: number;
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  readonly #unsent = new Float64Array(new SharedArrayBuffer(8));
  readonly #settings: WorkerSettings;
  readonly #out = new Uint8Array(UDP_SIZE);
  /** What the thread has: each zone, and whether it could answer there. */
  #sent = "";
  #ids = new WeakMap<AuthoritativeZone, number>();
  #lastId = 0;
  #worker: Worker | null = null;
  #secret: Uint8Array | null;
  #open = true;
  /** Messages that handlers are at. */
  #handled = 0;

  private constructor(
    responder: Responder,
    zones: ZoneSet,
    address: { readonly host: string; readonly port: number; readonly descriptor: number },
    settings: BatchedSettings,
  ) {
    this.host = address.host;
    this.port = address.port;
    this.#descriptor = address.descriptor;
    this.#responder = responder;
    this.#zones = zones;
    this.#secret = settings.cookieSecret;
    const statistics = new SharedArrayBuffer(ResponderStatistics.BYTES);
    this.statistics = new ResponderStatistics(statistics);
    this.#settings = {
      ...settings,
      descriptor: address.descriptor,
      control: this.#control.buffer as SharedArrayBuffer,
      unsent: this.#unsent.buffer as SharedArrayBuffer,
      statistics,
      zones: [],
    };
  }

  /** Rejects with the system's error (EADDRINUSE …), or with that for which the thread could not begin. */
  static async start(
    responder: Responder,
    zones: ZoneSet,
    host: string,
    port: number,
    settings: BatchedSettings,
  ): Promise<BatchedListener> {
    const listener = new BatchedListener(responder, zones, { host, ...openDescriptor(host, port, WAIT) }, settings);
    try {
      await listener.#begin();
      return listener;
    } catch (error) {
      listener.#open = false;
      closeDescriptor(listener.#descriptor);
      throw error;
    }
  }

  get unsent(): number {
    return this.#unsent[0]!;
  }

  /** Tells the thread of zones that have changed since. To be called about ten times a second. */
  update(): void {
    const state = this.#state();
    if (state === this.#sent) return;
    this.#sent = state;
    this.#tell({ kind: "zones", zones: this.#share() });
  }

  /** Cookies are made with another secret from now on. */
  rotate(secret: Uint8Array): void {
    this.#secret = secret;
    this.#tell({ kind: "secret", secret });
  }

  async stop(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    Atomics.store(this.#control, 0, 1);
    const worker = this.#worker;
    if (worker !== null) await new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    closeDescriptor(this.#descriptor);
  }

  /** Starts the thread, and another one whenever it ends by an error: the socket is open and has to be read. */
  #begin(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#sent = this.#state();
    const workerData: WorkerSettings = { ...this.#settings, zones: this.#share(), cookieSecret: this.#secret };
    const worker = new Worker(THREAD, { workerData });
    let started = false;
    worker.on("message", (message: ToMain) => {
      if (message.kind === "query") this.#answer(message.message, message.from);
      if (message.kind !== "started") return;
      started = true;
      resolve();
    });
    worker.on("error", (error) => {
      if (started) reportFailure(error);
      else reject(error);
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = null;
      reject(new Error("the thread has ended"));
      if (started && this.#open) setTimeout(() => this.#restart(), RESTART);
    });
    this.#worker = worker;
    return promise;
  }

  #restart(): void {
    if (!this.#open) return;
    this.#begin().catch((error: unknown) => {
      reportFailure(error);
      if (this.#open) setTimeout(() => this.#restart(), RESTART);
    });
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #share(): SharedZone[] {
    return [...this.#zones].map(shareZone);
  }

  /** A text that is another when other zones, or one that has become unusable, are to be answered for. */
  #state(): string {
    let state = "";
    for (const zone of this.#zones) {
      let id = this.#ids.get(zone);
      if (id === undefined) {
        id = ++this.#lastId;
        this.#ids.set(zone, id);
      }
      state += `${id}${zone.usable && zone.dynamic.size === 0 ? "" : "-"},`;
    }
    return state;
  }

  /** A query that the thread could not answer. */
  #answer(message: Uint8Array, from: Uint8Array): void {
    const client: DnsClient = { address: hostAt(from, 0), port: portAt(from, 0), transport: "udp" };
    const out = this.#out;
    const length = this.#responder.respond(message, 0, message.length, out, 0, UDP_SIZE, client);
    if (length > 0) this.#send(out, length, from);
    if (length !== HANDED_OVER || this.#handled >= 256) return;
    this.#handled++;
    const send = (answer: Uint8Array): boolean => this.#send(answer, answer.length, from);
    this.#responder
      .handler!.handle(message, client, send)
      .catch(() => {
        // It could not be answered, and the client asks again.
      })
      .finally(() => this.#handled--);
  }

  #send(bytes: Uint8Array, length: number, to: Uint8Array): boolean {
    return this.#open && sendTo(this.#descriptor, bytes, length, to);
  }
}
