/** Zones with steered names behind a whole responder, asked with packets; a clock, health and a resolver to turn. */
import { byFamily, type ResolvedAddresses, type Resolver } from "../../contract/resolver.ts";
import { zoneFrom } from "../authority/ask-for-tests.ts";
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import { readClientSubnet } from "../authority/client-subnet.ts";
import { Responder } from "../authority/responder.ts";
import { ZoneSet } from "../authority/zone-set.ts";
import { parseNetwork } from "../../bytes/address-set.ts";
import { readMessage, writeMessage } from "../wire/message.ts";
import { parseName } from "../wire/name.ts";
import { DnsQuery, EdnsOption } from "../wire/query.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { RecordClass, RecordType, responseCodeName, typeName, typeNumber } from "../wire/record-type.ts";
import type { HealthView } from "./health-view.ts";
import type { SteeringOptions } from "./options.ts";
import { Steering } from "./steering.ts";
import type { SteeringStep } from "./steering-step.ts";

export interface Asked {
  /** The resolver's address. */
  readonly client?: string;
  /** Network, or the option's bytes as they are to be sent. */
  readonly subnet?: string | Uint8Array;
}

export interface SteeredReply {
  readonly code: string;
  /** Data of the answer section. */
  readonly answer: readonly string[];
  readonly ttl: number;
  readonly authority: readonly string[];
  /** Of the ECS option; -1: there is none. */
  readonly scope: number;
  /** Of the EDE option; 0: there is none. */
  readonly extendedError: number;
}

/** Health by key; what is not in it is not known. */
export class FakeHealth implements HealthView {
  version = 1;
  readonly loads: Record<string, number> = {};
  asked = 0;
  #states: Record<string, boolean> = {};

  set(states: Readonly<Record<string, boolean>>): void {
    this.#states = { ...this.#states, ...states };
    this.version++;
  }

  isUp(key: string): boolean | null {
    this.asked++;
    return this.#states[key] ?? null;
  }

  load(key: string): number | null {
    return this.loads[key] ?? null;
  }
}

/** Answers by name: addresses, or the code that it fails with, as a whole or for one family. */
export class FakeResolver implements Resolver {
  readonly answers = new Map<string, ResolvedAddresses | string>();
  readonly asked: string[] = [];

  set(name: string, answer: readonly string[] | string, ttl = 60): void {
    const told = typeof answer === "string" ? answer : byFamily(answer.map((address) => ({ address, ttl })));
    this.answers.set(name, told);
  }

  /** `answer` of one family, and the code that the other fails with. */
  half(name: string, answer: readonly string[], family: "ipv4" | "ipv6", code: string, ttl = 60): void {
    const told = byFamily(answer.map((address) => ({ address, ttl })));
    this.answers.set(name, { ...told, [family]: { addresses: [], code } });
  }

  async resolveAddresses(name: string): Promise<ResolvedAddresses> {
    this.asked.push(name);
    await Promise.resolve();
    const answer = this.answers.get(name) ?? "ENOTFOUND";
    if (typeof answer !== "string") return answer;
    const failed = { addresses: [], code: answer };
    return { ipv4: failed, ipv6: failed };
  }

  resolveServices(): Promise<never> {
    return Promise.reject(new Error("nobody asks for services"));
  }
}

export class SteeredZones {
  readonly zones = new ZoneSet();
  readonly health = new FakeHealth();
  readonly resolver = new FakeResolver();
  readonly responder = new Responder(this.zones);
  steering: Steering;
  now = 1_800_000_000_000;

  /** `texts`: zone files by apex. */
  constructor(
    options: SteeringOptions,
    texts: Readonly<Record<string, string>> = { "shop.test.": "www TXT x\n* TXT x" },
  ) {
    this.steering = this.steer(options);
    for (const [apex, text] of Object.entries(texts)) this.zones.set(new AuthoritativeZone(zoneFrom(text, apex)));
    for (const zone of this.zones) {
      const problems = this.steering.attach(zone);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
    }
    this.advance(0);
  }

  steer(options: SteeringOptions, before: Steering | null = null): Steering {
    const { zones, resolver, health } = this;
    return new Steering(options, { zones, resolver, health, clock: () => this.now, before });
  }

  advance(milliseconds: number): void {
    this.now += milliseconds;
    this.responder.tick(this.now);
    this.steering.tick(this.now);
  }

  /** Lets lookups that run come to their end. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  ask(name: string, type = "A", asked: Asked = {}): SteeredReply {
    const packet = packetOf(name, type, asked);
    const out = new Uint8Array(4_096);
    const client = { address: asked.client ?? "198.51.100.53", port: 5353, transport: "udp" } as const;
    const length = this.responder.respond(packet, 0, packet.length, out, 0, out.length, client);
    return readReply(out.slice(0, length));
  }

  explain(name: string, type = "A", asked: Asked = {}): readonly SteeringStep[] {
    const query = new DnsQuery();
    const packet = packetOf(name, type, asked);
    query.read(packet, 0, packet.length);
    const client = { address: asked.client ?? "198.51.100.53", port: 5353, transport: "udp" } as const;
    return this.steering.explain(query, client, readClientSubnet(query), this.now) ?? [];
  }

  /** The texts of `explain`. */
  why(name: string, asked: Asked = {}, type = "A"): string {
    return this.explain(name, type, asked)
      .map(({ text }) => text)
      .join(" → ");
  }
}

export function packetOf(name: string, type: string, { subnet }: Asked): Uint8Array {
  const option = subnet === undefined ? new Uint8Array(0) : optionOf(subnet);
  const wire = parseName(name) as Uint8Array;
  return writeMessage({
    id: 7,
    flags: 0,
    questions: [{ name: wire, type: typeNumber(type)!, class: RecordClass.IN }],
    additional: [{ name: Uint8Array.of(0), type: RecordType.OPT, class: 1_232, ttl: 0, data: option }],
  });
}

/** RFC 7871 §6. */
function optionOf(subnet: string | Uint8Array): Uint8Array {
  const data = typeof subnet === "string" ? subnetOf(subnet) : subnet;
  return Uint8Array.of(0, EdnsOption.CLIENT_SUBNET, data.length >> 8, data.length, ...data);
}

function subnetOf(text: string): Uint8Array {
  const { bytes, prefix } = parseNetwork(text);
  return Uint8Array.of(0, bytes.length === 4 ? 1 : 2, prefix, 0, ...bytes.subarray(0, (prefix + 7) >> 3));
}

function readReply(packet: Uint8Array): SteeredReply {
  const message = readMessage(packet);
  const opt = message.additional.find(({ type }) => type === RecordType.OPT);
  const options = new Map<number, Uint8Array>();
  for (let at = 0; opt !== undefined && at < opt.data.length; at += 4 + opt.data[at + 3]!) {
    options.set(opt.data[at + 1]!, opt.data.slice(at + 4, at + 4 + opt.data[at + 3]!));
  }
  return {
    code: responseCodeName(message.flags & 15),
    answer: message.answers.map(({ type, data }) => formatRdata(type, data)),
    ttl: message.answers[0]?.ttl ?? -1,
    authority: message.authority.map(({ type, ttl }) => `${typeName(type)} ${ttl}`),
    scope: options.get(EdnsOption.CLIENT_SUBNET)?.[3] ?? -1,
    extendedError: options.get(EdnsOption.ERROR)?.[1] ?? 0,
  };
}
