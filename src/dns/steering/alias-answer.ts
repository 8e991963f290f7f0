import { AnswerWriter } from "../authority/answer-writer.ts";
import type { ClientSubnet } from "../authority/client-subnet.ts";
import type { CompiledAnswer } from "../authority/compiled-answer.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import type { ZoneSet } from "../authority/zone-set.ts";
import { ROOT } from "../wire/name.ts";
import { DnsQuery } from "../wire/query.ts";
import { RecordType, ResponseCode } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { IPV4, IPV6 } from "./address-group.ts";
import type { AliasTarget, TtlBounds } from "./alias-target.ts";
import type { AliasTargets } from "./alias-targets.ts";
import { compileNoAddress } from "./no-address.ts";
import { type Flattened, OwnName } from "./own-name.ts";
import { ADDRESS_TYPES, isSteered } from "./steered-types.ts";
import type { ExplainedAnswer, SteeringStep } from "./steering-step.ts";

/** RFC 8914 §4. */
const STALE_ANSWER = 3;
const NOT_READY = 14;
const NO_REACHABLE_AUTHORITY = 22;
const INVALID_DATA = 24;

/** Names of ours that an alias may lead through. */
const MAX_HOPS = 8;

const SERVER_FAILURE: CompiledAnswer = (() => {
  const writer = new AnswerWriter(ROOT, false);
  writer.responseCode = ResponseCode.SERVFAIL;
  writer.authoritative = false;
  return writer.finish();
})();

const NOBODY: DnsClient = { address: "", port: 0, transport: "udp" };

/** The addresses of another name, given as one's own: what a CNAME would be where there can be none, at the apex. */
export class AliasAnswer implements ExplainedAnswer {
  readonly types: readonly number[] = ADDRESS_TYPES;
  subnetScope = -1;
  extendedError = 0;
  readonly #first: readonly [OwnName, OwnName];
  readonly #zones: ZoneSet;
  readonly #targets: AliasTargets;
  readonly #bounds: TtlBounds;
  /** What is asked next after an answer of ours that leads on. */
  readonly #next = new WeakMap<Flattened, OwnName>();
  readonly #foreign = new WeakMap<OwnName, AliasTarget>();
  readonly #nobody = new DnsQuery();
  #noAddress: CompiledAnswer | null = null;
  /** The way from an alias of ours back to it. */
  #isAsking = false;

  /** `target` in lower case. */
  constructor(target: Uint8Array, zones: ZoneSet, targets: AliasTargets, bounds: TtlBounds) {
    this.#zones = zones;
    this.#targets = targets;
    this.#bounds = bounds;
    this.#first = [new OwnName(target, RecordType.A, zones), new OwnName(target, RecordType.AAAA, zones)];
  }

  bind(zone: ZoneData): void {
    this.#noAddress = compileNoAddress(zone, this.#bounds.maximum);
  }

  /** Makes known which foreign names will be needed, so that they are looked up before anyone asks. */
  prepare(now: number): void {
    for (const family of [IPV4, IPV6]) this.#ask(family, this.#nobody, NOBODY, now, null);
  }

  answer(query: DnsQuery, client: DnsClient, _subnet: ClientSubnet | null, now: number): CompiledAnswer | null {
    const { type } = query;
    if (!isSteered(type)) return null;
    return this.#ask(type === RecordType.AAAA ? IPV6 : IPV4, query, client, now, null);
  }

  describe(): string {
    const target = this.#foreign.get(this.#first[IPV4]);
    return `alias of ${target === undefined ? this.#first[IPV4].text : target.describe(Date.now())}`;
  }

  explain(query: DnsQuery, client: DnsClient, subnet: ClientSubnet | null, now: number): SteeringStep[] {
    if (!isSteered(query.type)) return [];
    const family = query.type === RecordType.AAAA ? IPV6 : IPV4;
    const first = this.#first[family]!;
    const steering = this.#isAsking ? null : first.steering();
    if (steering !== null) return this.#explainThrough(first, steering, query, client, subnet, now);
    const steps: SteeringStep[] = [];
    this.#ask(family, query, client, now, steps);
    return steps;
  }

  #explainThrough(
    first: OwnName,
    steering: ExplainedAnswer,
    query: DnsQuery,
    client: DnsClient,
    subnet: ClientSubnet | null,
    now: number,
  ): SteeringStep[] {
    this.#isAsking = true;
    try {
      const alias: SteeringStep = { stage: "preference", text: `alias of ${first.text}, a name of ours` };
      return [alias, ...steering.explain(query, client, subnet, now)];
    } finally {
      this.#isAsking = false;
    }
  }

  /** `steps`: to be told of each, or null. */
  #ask(
    family: number,
    query: DnsQuery,
    client: DnsClient,
    now: number,
    steps: SteeringStep[] | null,
  ): CompiledAnswer | null {
    this.subnetScope = -1;
    this.extendedError = 0;
    if (this.#isAsking) return this.#fail(INVALID_DATA, "the alias leads back to itself", steps);
    this.#isAsking = true;
    try {
      return this.#follow(family, query, client, now, steps);
    } finally {
      this.#isAsking = false;
    }
  }

  #follow(
    family: number,
    query: DnsQuery,
    client: DnsClient,
    now: number,
    steps: SteeringStep[] | null,
  ): CompiledAnswer | null {
    let name = this.#first[family]!;
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const found = name.find(query, client, now);
      if (found === null) return this.#giveForeign(name, family, now, steps);
      if (name.subnetScope > this.subnetScope) this.subnetScope = name.subnetScope;
      if (found.failed) {
        return this.#fail(name.extendedError || INVALID_DATA, `${name.text}, a name of ours, has no answer`, steps);
      }
      if (found.next === null) {
        const outcome = found.answer === null ? "has no such address" : "has the addresses";
        steps?.push({ stage: "answer", text: `alias of ${name.text}, a name of ours, which ${outcome}` });
        this.extendedError = name.extendedError;
        return found.answer ?? this.#noAddress;
      }
      name = this.#after(found, found.next, family);
      steps?.push({ stage: "preference", text: `which leads on to ${name.text}` });
    }
    return this.#fail(INVALID_DATA, `the alias leads through more than ${MAX_HOPS} names`, steps);
  }

  #after(found: Flattened, next: Uint8Array, family: number): OwnName {
    let name = this.#next.get(found);
    if (name === undefined) {
      name = new OwnName(next, family === IPV4 ? RecordType.A : RecordType.AAAA, this.#zones);
      this.#next.set(found, name);
    }
    return name;
  }

  #giveForeign(name: OwnName, family: number, now: number, steps: SteeringStep[] | null): CompiledAnswer | null {
    let target = this.#foreign.get(name);
    if (target === undefined) {
      target = this.#targets.get(name.text, this.#bounds);
      this.#foreign.set(name, target);
    }
    const held = target.family(family);
    const state = held.state(now);
    if (state === "new") return this.#fail(NOT_READY, `alias of ${target.describe(now)}`, steps);
    if (state === "lost") return this.#fail(NO_REACHABLE_AUTHORITY, `alias of ${target.describe(now)}`, steps);
    if (state === "stale") this.extendedError = STALE_ANSWER;
    steps?.push({ stage: "answer", text: `alias of ${target.describe(now)}` });
    return held.answer(state) ?? this.#noAddress;
  }

  #fail(code: number, why: string, steps: SteeringStep[] | null): CompiledAnswer {
    this.extendedError = code;
    steps?.push({ stage: "answer", text: `SERVFAIL: ${why}` });
    return SERVER_FAILURE;
  }
}
