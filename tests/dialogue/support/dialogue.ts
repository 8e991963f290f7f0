/**
 * The notation of the dialogues: who says which bytes, and who gets which, in the order in which it happens.
 *
 *     dialogue("a GET goes through", ({ client, upstream }) => {
 *       client.says("GET / HTTP/1.1", "Host: h", "", "");
 *       upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
 *       upstream.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
 *       client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
 *     });
 *
 * Lines are joined by CRLF. Each dialogue is held with whole reads and writes, byte by byte, and with writes cut short,
 * and means the same every time. When it is over everybody leaves, time passes, and every count must be 0 again.
 */
import { expect, test } from "bun:test";

import type { Config } from "../../../src/config/config.ts";
import type { PoolConfig } from "../../../src/config/pool-config.ts";
import { dechunk } from "./chunked.ts";
import { EdgeUnderTest, type Counts, type UsedPolicy } from "./edge-under-test.ts";
import type { DialOutcome } from "./fake-network.ts";
import type { Left } from "./fake-transport.ts";
import type { Peer } from "./peer.ts";

/** The target of the pool "main" unless a dialogue names others. */
export const TARGET = "10.0.0.1:80";

export interface Setting {
  /** Default: everything goes to the pool "main". */
  readonly config?: Partial<Config>;
  /** What is different about the pool "main". */
  readonly pool?: Partial<PoolConfig>;
  /** On every route, behind those of the config. */
  readonly policies?: readonly UsedPolicy[];
  /** What becomes of connects, by address; default: they are accepted. */
  readonly dials?: Readonly<Record<string, DialOutcome>>;
  /** Addresses of host names, in the resolver's order. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
}

export type Script = (parties: Dialogue) => void | Promise<void>;

interface Mode {
  readonly name: string;
  readonly segment: number;
  readonly cuts: readonly number[];
}

const SHORT: readonly number[] = [1, 5, 2, 7, 3, 6, 4];

const MODES: readonly Mode[] = [
  { name: "whole", segment: Infinity, cuts: [] },
  { name: "byte by byte", segment: 1, cuts: [] },
  { name: "writes cut short", segment: Infinity, cuts: SHORT },
  { name: "byte by byte, writes cut short", segment: 1, cuts: SHORT },
];

export function dialogue(name: string, setting: Setting, script: Script): void {
  test(name, () => hold(setting, script));
}

async function hold(setting: Setting, script: Script): Promise<void> {
  for (const mode of MODES) {
    const held = new Dialogue(setting, mode);
    try {
      await script(held);
      held.end();
    } catch (error) {
      if (error instanceof Error) error.message = `[${mode.name}] ${error.message}`;
      throw error;
    }
  }
}

/** What the edge writes when an upstream's response has no Date. */
const DATE = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

/** One party. Made with its first word or when the edge has connected to it. */
export class Party {
  readonly #who: string;
  readonly #find: () => Peer | undefined;
  #rest = "";

  constructor(who: string, find: () => Peer | undefined) {
    this.#who = who;
    this.#find = find;
  }

  get peer(): Peer {
    const peer = this.#find();
    if (peer === undefined) throw new Error(`${this.#who} is not connected`);
    return peer;
  }

  says(...lines: readonly string[]): void {
    this.peer.send(lines.join("\r\n"));
  }

  /** All that came since the last look, the edge's Date line left out. */
  gets(...lines: readonly string[]): void {
    expect(this.read()).toBe(lines.join("\r\n"));
  }

  /** The same of the beginning of what came; the rest stays for the next look. */
  getsFirst(...lines: readonly string[]): void {
    const expected = lines.join("\r\n");
    const text = this.read();
    expect(text.slice(0, expected.length)).toBe(expected);
    this.#rest = text.slice(expected.length);
  }

  getsNothing(): void {
    expect(this.read()).toBe("");
  }

  /** A message whose body is chunked, however it was cut. `trailers`: lines with CRLF. */
  getsChunked(head: readonly string[], body: string, trailers = ""): void {
    const text = this.read();
    const split = text.indexOf("\r\n\r\n");
    expect(text.slice(0, split)).toBe(head.join("\r\n"));
    expect(dechunk(text.slice(split + 4))).toEqual({ body, trailers, rest: "", whole: true });
  }

  /** The beginning of such a message, which is not over. */
  getsChunkedSoFar(head: readonly string[], body: string): void {
    const text = this.read();
    const split = text.indexOf("\r\n\r\n");
    expect(text.slice(0, split)).toBe(head.join("\r\n"));
    expect(dechunk(text.slice(split + 4))).toEqual({ body, trailers: "", rest: "", whole: false });
  }

  /** The rest of such a message. */
  goesOnChunked(body: string, trailers: string): void {
    expect(dechunk(this.read())).toEqual({ body, trailers, rest: "", whole: true });
  }

  /** The edge reads no more from it for now. */
  isPaused(): void {
    expect(this.peer.transport.paused).toBe(true);
  }

  /** One whole error page of the edge; the connection ends with it or goes on. Answers its head. */
  getsFault(status: number, fault: string, after: "close" | "keep" | "either" = "close"): string {
    const text = this.read();
    const split = text.indexOf("\r\n\r\n") + 4;
    const head = text.slice(0, split);
    expect(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]).toBe(String(status));
    expect(/\r\nProxy-Status: [^\r]*details="([a-z0-9-]+)"/.exec(head)?.[1]).toBe(fault);
    expect(text.length - split).toBe(Number(/\r\nContent-Length: (\d+)\r\n/.exec(head)?.[1]));
    if (after !== "either") expect(head.includes("\r\nConnection: close\r\n")).toBe(after === "close");
    return head;
  }

  read(): string {
    const text = this.#rest + this.peer.read().latin1Slice().replaceAll(DATE, "");
    this.#rest = "";
    return text;
  }

  /** Sends FIN. */
  ends(): void {
    this.peer.end();
  }

  resets(): void {
    this.peer.reset();
  }

  /** How the edge has left the connection. */
  sees(left: Left): void {
    expect(this.peer.left).toBe(left);
  }

  /** Takes no more from the edge than so many bytes. */
  stopsReading(capacity = 0): void {
    this.peer.stop(capacity);
  }

  readsOn(): void {
    this.peer.takes();
  }

  takes(bytes: number): void {
    this.peer.takes(bytes);
  }

  /** What was looked at is looked at again. */
  putsBack(text: string): void {
    this.#rest = text + this.#rest;
  }
}

export class Dialogue {
  readonly edge: EdgeUnderTest;
  readonly client: Party;
  /** The first connection that the edge made; `upstreams(1)` is the next one. */
  readonly upstream: Party;
  readonly #clients: Peer[] = [];
  #logged = 0;

  constructor({ config = {}, pool = {}, policies = [], dials = {}, hosts = {} }: Setting, mode: Mode) {
    this.edge = new EdgeUnderTest(
      {
        pools: { main: { targets: [TARGET], ...pool } },
        routes: [{ name: "all", match: { path: "/*" }, proxy: "main" }],
        ...config,
      },
      policies,
    );
    const { network } = this.edge;
    network.segment = mode.segment;
    network.cuts = mode.cuts;
    for (const [address, outcome] of Object.entries(dials)) network.outcomes.set(address, outcome);
    for (const [name, addresses] of Object.entries(hosts)) network.hosts.set(name, addresses);
    this.client = this.another();
    this.upstream = this.upstreams(0);
  }

  /** A further client, which connects now or with its first word. */
  readonly another = (address?: string): Party => {
    let peer: Peer | undefined;
    return new Party("the client", () => {
      if (peer === undefined) {
        peer = this.edge.network.connect(address);
        this.#clients.push(peer);
      }
      return peer;
    });
  };

  readonly upstreams = (index: number): Party =>
    new Party(`upstream ${index}`, () => this.edge.network.upstreams[index]);

  /** How often the edge has connected, or tried to. */
  readonly dialled = (...addresses: readonly string[]): void => {
    expect(this.edge.network.dials.map(({ address }) => address)).toEqual([...addresses]);
  };

  readonly passes = (milliseconds: number): void => this.edge.advance(milliseconds);

  /** What was logged since the last look: "GET / HTTP/1.1 → 200", with the fault when there is one. */
  readonly logs = (...lines: readonly string[]): void => {
    const fresh = this.edge.finished.slice(this.#logged);
    this.#logged = this.edge.finished.length;
    expect(fresh.map(({ line, status, fault }) => `${line} → ${status} ${fault}`.trimEnd())).toEqual([...lines]);
  };

  /** Until asynchronous stages have had their say. */
  readonly until = async (condition: () => boolean): Promise<void> => {
    for (let turn = 0; turn < MAX_TURNS && !condition(); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      this.edge.network.loop.run();
    }
    expect(condition()).toBe(true);
  };

  /** Everybody leaves. */
  end(): void {
    const { edge } = this;
    const { network } = edge;
    const unread = [...this.#clients, ...network.upstreams].map((peer) => peer.read().latin1Slice());
    expect(unread.filter((text) => text !== "")).toEqual([]);
    for (const peer of this.#clients) {
      if (!peer.speaks) continue;
      if (network.segment === 1) peer.end();
      else peer.reset();
    }
    runOut(edge);
  }
}

const MAX_TURNS = 10_000;
const MOST_TIMERS = 100;
const NOTHING: Counts = {
  exchanges: 0,
  records: 0,
  connections: 0,
  listed: 0,
  active: 0,
  idle: 0,
  links: 0,
  waiting: 0,
  timers: 0,
  retained: 0,
  open: 0,
};
/** Longer than any timer. */
const AGES = 7_200_000;

/** Lets every timer fire that is left, and what follows from it. */
export function fireAll(edge: EdgeUnderTest): void {
  const isOver = (): boolean => Object.values(edge.counts()).every((count) => count === 0);
  // One timer may lead to the next: an attempt after the other, one pipelined request after the other.
  for (let turn = 0; turn < MOST_TIMERS && !isOver(); turn++) edge.jump(AGES);
}

/** The same; then nothing may be left of anything. */
export function runOut(edge: EdgeUnderTest): void {
  fireAll(edge);
  expect(edge.violations).toEqual([]);
  expect(edge.touchedRecords()).toEqual([]);
  expect(edge.counts()).toEqual(NOTHING);
}
