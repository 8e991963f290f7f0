/** Counters that cost an addition each, for whoever exports metrics. They may lie in memory shared by several threads. */
import type { DnsClient } from "./dns-client.ts";

export const TRANSPORTS = ["udp", "tcp", "tls", "https"] as const satisfies ReadonlyArray<DnsClient["transport"]>;

/** Things that happen to queries, in the order of their counters. */
export const EVENTS = [
  /** No header, or an answer: dropped. */
  "malformed",
  /** Answered with TC because the answer did not fit. */
  "truncated",
  "rateDropped",
  "rateSlipped",
  "cookieValid",
  /** A client's alone, or one of ours that is not valid (any more). */
  "cookieUnproven",
  "badCookie",
  /** Zone transfers, NOTIFY and signed messages. */
  "handedOver",
] as const;

export type ResponderEvent = (typeof EVENTS)[number];

/** Types with a counter of their own; all others share the one behind them. */
const TYPES = 258;
/** Response codes up to BADCOOKIE. */
const CODES = 24;

const CODES_AT = TRANSPORTS.length;
const TYPES_AT = CODES_AT + CODES;
const EVENTS_AT = TYPES_AT + TYPES + 1;
const COUNTERS = EVENTS_AT + EVENTS.length;

/** Offsets of the events' counters. */
export const Counter: { readonly [event in ResponderEvent]: number } = Object.fromEntries(
  EVENTS.map((event, index) => [event, EVENTS_AT + index]),
) as { [event in ResponderEvent]: number };

export interface StatisticsSnapshot {
  /** Queries that were read, by transport. */
  readonly queries: { readonly [transport in DnsClient["transport"]]: number };
  /** Answers by response code; codes without any are left out. */
  readonly responseCodes: ReadonlyMap<number, number>;
  /** Queries by type; -1 stands for types above 257. */
  readonly types: ReadonlyMap<number, number>;
  readonly events: { readonly [event in ResponderEvent]: number };
}

export class ResponderStatistics {
  /** Bytes of memory that the counters need. */
  static readonly BYTES: number = COUNTERS * Float64Array.BYTES_PER_ELEMENT;
  readonly counters: Float64Array;

  constructor(memory: ArrayBuffer | SharedArrayBuffer = new ArrayBuffer(ResponderStatistics.BYTES)) {
    this.counters = new Float64Array(memory);
  }

  /** A query over transport number `transport` of `TRANSPORTS`. */
  query(transport: number, type: number): void {
    this.counters[transport]!++;
    this.counters[TYPES_AT + (type < TYPES ? type : TYPES)]!++;
  }

  answer(code: number): void {
    this.counters[CODES_AT + code]!++;
  }

  /** `counter`: one of `Counter`. */
  count(counter: number): void {
    this.counters[counter]!++;
  }

  /** The sum of several. */
  static sum(all: Iterable<ResponderStatistics>): StatisticsSnapshot {
    const counters = new Float64Array(COUNTERS);
    for (const one of all) for (let index = 0; index < COUNTERS; index++) counters[index]! += one.counters[index]!;
    const named = <Name extends string>(names: readonly Name[], at: number): { [name in Name]: number } =>
      Object.fromEntries(names.map((name, index) => [name, counters[at + index]!])) as { [name in Name]: number };
    const counted = (at: number, count: number): Array<[number, number]> =>
      Array.from(counters.subarray(at, at + count), (value, index): [number, number] => [index, value]).filter(
        ([, value]) => value > 0,
      );
    const types = counted(TYPES_AT, TYPES + 1).map(([type, value]): [number, number] => [
      type === TYPES ? -1 : type,
      value,
    ]);
    return {
      queries: named(TRANSPORTS, 0),
      responseCodes: new Map(counted(CODES_AT, CODES)),
      types: new Map(types),
      events: named(EVENTS, EVENTS_AT),
    };
  }
}
