import type { Config } from "../../../src/config/config.ts";
import type { RouteConfig } from "../../../src/config/route-config.ts";
import type { Handler } from "../../../src/contract/plan.ts";
import { fireAll, runOut } from "../support/dialogue.ts";
import { EdgeUnderTest } from "../support/edge-under-test.ts";
import { ModelHandlers } from "./handlers.ts";
import { REQUEST_KINDS, RESPONSE_KINDS, type ResponseKind } from "./messages.ts";
import { ModelClient } from "./model-client.ts";
import type { Ledger } from "./model-peer.ts";
import { ModelUpstream } from "./model-upstream.ts";

/** What can happen. `who` and `much` are taken modulo what there is. */
export const EVENTS = [
  "connect",
  "ask",
  "client bytes",
  "respond",
  "upstream bytes",
  "client FIN",
  "client RST",
  "upstream FIN",
  "upstream RST",
  "client blocks",
  "client takes",
  "upstream blocks",
  "upstream takes",
  "dial accepted",
  "dial refused",
  "handler answers",
  "handler fails",
  "time",
  "reload",
  "target mode",
  "writable unasked",
  "hold",
  "turn",
  "drain",
  "cut",
] as const;
export type EventName = (typeof EVENTS)[number];

export interface Event {
  readonly what: EventName;
  readonly who: number;
  readonly much: number;
}

/** What holds for a whole run. */
export interface Settings {
  /** Connects succeed by themselves; else they wait for an event. */
  readonly accepts: boolean;
  /** Sizes of reads; 0: as they were sent. */
  readonly segment: number;
  /** Most bytes of a write; 0: all of them. */
  readonly cut: number;
  readonly refusesRetain: boolean;
  /** Connections per target; 0: no limit. */
  readonly most: number;
  /** Requests may go to two targets at once. */
  readonly hedges: boolean;
}

const LENGTHS = [0, 1, 10, 300, 9_000, 50_000] as const;
const BYTES = [1, 100_000, 20, 100_000, 90, 500, 9_000] as const;
const TIMES = [100, 200, 400, 800, 1_200, 2_500, 4_000] as const;
const MODES = ["ready", "drain", "maintenance"] as const;
const CLIENTS = 3;
const TARGETS = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"] as const;

const OWN: RouteConfig = { name: "own", match: { path: "/own/*" }, respond: { body: "own" } };
const POLICIES: NonNullable<RouteConfig["policies"]> = [{ headers: { reply: { set: { "X-Policy": "1" } } } }];

/** The configs that reloads go through. */
function configOf(version: number, { most, hedges }: Settings, handler: Handler): Config {
  const targets = [TARGETS.slice(0, 2), TARGETS.slice(1, 2), [TARGETS[0], TARGETS[2]], TARGETS][version % 4]!;
  return {
    pools: {
      main: {
        targets,
        connections: { max: version === 2 ? 1 : most, idleTimeout: "2s", idle: 2 },
        queue: { max: 2, timeout: "700ms" },
        retry: { hedge: hedges ? "200ms" : 0 },
        timeouts: { connect: "500ms", firstByte: "1s", idle: "1s", total: version === 1 ? "3s" : 0 },
      },
    },
    routes: [
      OWN,
      { name: "handled", match: { path: "/handled/*" }, handler },
      { name: "all", match: { path: "/*" }, proxy: "main", ...(version % 2 === 1 ? { policies: POLICIES } : {}) },
    ],
    timeouts: {
      head: "1s",
      body: "1s",
      keepAlive: "2s",
      write: "1s",
      linger: "500ms",
      lingerTotal: "1500ms",
      halfClose: "300ms",
      tunnel: "2s",
      tunnelHalfClose: "1200ms",
    },
  };
}

/** Clients, an edge and upstreams, to which things happen one after the other. */
export class World {
  readonly edge: EdgeUnderTest;
  readonly clients: ModelClient[] = [];
  readonly upstreams: ModelUpstream[] = [];
  readonly #settings: Settings;
  readonly #ledger: Ledger = { asked: new Map(), answered: new Map(), tunnelled: new Map() };
  readonly #handlers = new ModelHandlers(this.#ledger);
  /** Clients whose places others have taken. */
  readonly #left: ModelClient[] = [];
  #clients = 0;
  #drains = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.edge = new EdgeUnderTest(configOf(0, settings, this.#handlers.handler));
    const { network } = this.edge;
    network.segment = settings.segment === 0 ? Infinity : settings.segment;
    network.cuts = settings.cut === 0 ? [] : [settings.cut];
    network.buffers.refuses = settings.refusesRetain;
    if (!settings.accepts) for (const target of TARGETS) network.outcomes.set(target, "hang");
  }

  happens({ what, who, much }: Event): void {
    const client = this.clients[who % CLIENTS];
    const live = this.upstreams.filter((one) => one.peer.left === "open" || one.speaks);
    const upstream = live[who % Math.max(live.length, 1)];
    const dial = this.edge.network.dials.filter(({ settled }) => !settled)[0];
    const { loop } = this.edge.network;
    switch (what) {
      case "connect":
        this.#connect(who % CLIENTS);
        break;
      case "ask":
        if (client === undefined || !client.speaks || client.silent) this.#connect(who % CLIENTS);
        this.clients[who % CLIENTS]!.ask(pick(REQUEST_KINDS, much), pick(LENGTHS, who));
        break;
      case "client bytes":
        client?.feed(pick(BYTES, much));
        break;
      case "respond":
        upstream?.respond(this.#responseKind(upstream, much), pick(LENGTHS, much + who));
        break;
      case "upstream bytes":
        upstream?.feed(pick(BYTES, much));
        break;
      case "client FIN":
        client?.end();
        break;
      case "client RST":
        client?.abort();
        break;
      case "upstream FIN":
        upstream?.end();
        break;
      case "upstream RST":
        upstream?.abort();
        break;
      case "client blocks":
        client?.peer.stop(much % 2 === 0 ? 0 : pick(BYTES, much));
        break;
      case "client takes":
        client?.peer.takes(much % 2 === 0 ? Infinity : pick(BYTES, much));
        break;
      case "upstream blocks":
        upstream?.peer.stop(much % 2 === 0 ? 0 : pick(BYTES, much));
        break;
      case "upstream takes":
        upstream?.peer.takes(much % 2 === 0 ? Infinity : pick(BYTES, much));
        break;
      case "dial accepted":
        dial?.accept();
        break;
      case "dial refused":
        dial?.refuse();
        break;
      case "handler answers":
        this.#handlers.answer(who, pick(LENGTHS, much));
        break;
      case "handler fails":
        this.#handlers.fail(who);
        break;
      case "time":
        this.edge.advance(pick(TIMES, much));
        break;
      case "reload":
        this.edge.reload(configOf(much % 4, this.#settings, this.#handlers.handler));
        break;
      case "target mode":
        this.edge.setMode("main", who % TARGETS.length, pick(MODES, much), much % 2 === 0 ? 0 : 600);
        break;
      case "writable unasked":
        (much % 2 === 0 ? client : upstream)?.peer.transport.tellWritableUnasked();
        break;
      case "hold":
        loop.held = !loop.held;
        break;
      case "turn":
        loop.step();
        break;
      case "drain":
        this.#drains = true;
        this.edge.drain();
        break;
      case "cut":
        if (this.#drains) this.edge.cut();
        break;
    }
    loop.run();
    this.check();
  }

  /** What handlers have set going comes by promises; null: there were none. */
  settle(): Promise<void> | null {
    if (!this.#handlers.used) return null;
    const { loop } = this.edge.network;
    return this.#handlers.settle(() => loop.run()).then(() => this.check());
  }

  #responseKind(upstream: ModelUpstream, much: number): ResponseKind {
    if (upstream.request?.kind === "upgrade" && much % 3 > 0) return "switch";
    const kind = pick(RESPONSE_KINDS, much);
    // Byte by byte nobody could tell what comes behind a response from the answer to the next request.
    return kind === "more-behind" && this.#settings.segment > 0 ? "length" : kind;
  }

  #connect(place: number): void {
    const before = this.clients[place];
    if (before !== undefined && before.speaks && !before.silent) return;
    // Who was there goes on, but nothing more happens to it until the end.
    if (before !== undefined) this.#left.push(before);
    while (this.clients.length < place) this.#join(this.clients.length);
    this.#join(place);
  }

  #join(place: number): void {
    this.clients[place] = new ModelClient(this.edge.network.connect(), `c${this.#clients++}`, this.#ledger);
  }

  everybody(): ModelClient[] {
    return [...this.#left, ...this.clients];
  }

  /** @throws Error when something is not as it must be. */
  check(): void {
    const { network } = this.edge;
    for (let index = this.upstreams.length; index < network.upstreams.length; index++) {
      this.upstreams.push(new ModelUpstream(network.upstreams[index]!, `u${index}`, this.#ledger));
    }
    for (const upstream of this.upstreams) upstream.check();
    for (const client of this.everybody()) client.check();
    const counts = this.edge.counts();
    const { exchanges, records, connections, listed, active, idle, links, waiting, timers } = counts;
    const open = network.upstreams.filter(({ transport }) => network.open.has(transport)).length;
    // A request that two targets have has two links, and a timer of its own before that.
    const [twice, second] = this.#settings.hedges ? [2 * exchanges, exchanges] : [exchanges, 0];
    const broken = [
      ...this.edge.violations,
      exchanges === records ? "" : "exchanges under way and records that are out",
      connections === listed ? "" : "connections counted and connections listed",
      counts.open - open === listed ? "" : "open client transports and connections",
      open <= links ? "" : "open upstream transports and links",
      active + idle === links ? "" : "links that are neither idle nor in use",
      active + waiting <= twice ? "" : "exchanges at upstreams and exchanges",
      exchanges <= connections ? "" : "exchanges and connections",
      timers <= listed + links + waiting + second ? "" : "timers and who can have one",
    ].filter((text) => text !== "");
    if (broken.length > 0) throw new Error(`${broken.join("\n")}\n${JSON.stringify({ ...counts, open })}`);
  }

  /**
   * Everybody does what is left to do, as far as they still can; no time passes. Then nobody who could be served may
   * be waiting.
   */
  async finish(): Promise<void> {
    const { network } = this.edge;
    network.loop.held = false;
    network.loop.run();
    // What one round has set going shows in the next one.
    for (let round = 0, quiet = 0; round < ROUNDS && quiet < 2; round++) {
      const busy = [this.#finishRound(), this.#handlers.reading > 0, this.#handlers.answerAll()];
      quiet = busy.includes(true) ? 0 : quiet + 1;
      await this.settle();
    }
    this.check();
    for (const client of this.everybody()) {
      const { peer, asked, replies } = client;
      const last = asked.at(-1);
      const unanswered = asked.length - replies;
      if (peer.left !== "open" || client.reset || unanswered === 0) continue;
      if (last?.kind === "upgrade" && unanswered === 1 && client.tunnel !== null) continue;
      throw new Error(`${last?.tag} waits for ever: ${replies} of ${asked.length} are answered`);
    }
  }

  /** Clients go, timers fire, and handlers answer nobody. @throws Error when something is left. */
  async end(): Promise<void> {
    const { loop } = this.edge.network;
    loop.held = false;
    loop.run();
    for (const client of this.everybody()) client.abort();
    // A handler may be asked only now, for a request that others were before.
    for (let busy = true; busy; busy = this.#handlers.answerAll()) {
      await this.settle();
      fireAll(this.edge);
      await this.settle();
    }
    runOut(this.edge);
  }

  /** False: nothing was left to do. */
  #finishRound(): boolean {
    const { network } = this.edge;
    let busy = false;
    for (const dial of network.dials) {
      busy ||= !dial.settled;
      dial.accept();
    }
    network.loop.run();
    for (const { peer } of [...this.everybody(), ...this.upstreams]) peer.takes();
    for (const client of this.everybody()) {
      busy ||= client.pending && client.speaks;
      if (client.pending) client.feed(Infinity);
      // A tunnel takes a connection from others until both sides have ended it.
      if (client.tunnel !== null) client.end();
      this.check();
    }
    for (const upstream of this.upstreams) {
      busy ||= upstream.speaks && (upstream.owes || upstream.pending);
      upstream.respond("length", 10);
      if (upstream.pending) upstream.feed(Infinity);
      if (upstream.mustEnd) upstream.end();
      this.check();
    }
    return busy;
  }
}

/** A handler that reads a body byte by byte needs a turn for each few of them. */
const ROUNDS = 4_000;

function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length]!;
}
