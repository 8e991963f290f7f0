/**
 * A name as our own zones answer it, asked from within: what an alias leads to, and what that leads to in turn. It runs
 * per query, so what an answer came to is kept by that answer.
 */
import type { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import type { CompiledAnswer } from "../authority/compiled-answer.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import { PacketWriter } from "../authority/packet-writer.ts";
import type { ZoneSet } from "../authority/zone-set.ts";
import { readMessage, writeMessage } from "../wire/message.ts";
import { formatName, lowerName, sameName } from "../wire/name.ts";
import { DnsQuery } from "../wire/query.ts";
import { RecordClass, RecordType, ResponseCode } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { NO_SET } from "../zone/zone-data.ts";
import { compileAddresses } from "./address-answers.ts";
import { steeringOf } from "./steering-of.ts";
import type { ExplainedAnswer } from "./steering-step.ts";

/** A whole message. */
const MAX_MESSAGE = 65_535;

/** What an answer of our zones means for who wants addresses. */
export interface Flattened {
  /** Addresses alone, for any query name; null: none here. */
  readonly answer: CompiledAnswer | null;
  /** The chain goes on with this name (lower case), which the answer does not reach. */
  readonly next: Uint8Array | null;
  /** The zone itself fails. */
  readonly failed: boolean;
}

const NOTHING: Flattened = { answer: null, next: null, failed: false };
const FAILED: Flattened = { answer: null, next: null, failed: true };

export class OwnName {
  /** After `find`: of the zone that answered (`AuthoritativeZone`). */
  subnetScope = -1;
  extendedError = 0;
  /** Presentation form, without the final dot. */
  readonly text: string;
  readonly #zones: ZoneSet;
  readonly #query = new DnsQuery();
  readonly #packet: Uint8Array;
  readonly #byAnswer = new WeakMap<CompiledAnswer, Flattened>();
  /** The last RRset that was answered as it lies in a zone, and what it came to. */
  #setZone: ZoneData | null = null;
  #set = NO_SET;
  #ofSet = NOTHING;

  /** `type`: A or AAAA. */
  constructor(name: Uint8Array, type: number, zones: ZoneSet) {
    this.#zones = zones;
    this.text = formatName(name).replace(/(.)\.$/, "$1");
    this.#packet = writeMessage({ id: 0, flags: 0, questions: [{ name, type, class: RecordClass.IN }] });
    this.#query.read(this.#packet, 0, this.#packet.length);
  }

  /** Null: the name is not in our zones, or below a delegation of them. `asked`: whose subnet counts. */
  find(asked: DnsQuery, client: DnsClient, now: number): Flattened | null {
    const query = this.#query;
    const zone = this.#zones.find(query);
    if (zone === null) return null;
    if (!zone.usable) return FAILED;
    query.packet = asked.packet;
    query.subnetStart = asked.subnetStart;
    query.subnetLength = asked.subnetLength;
    const answer = zone.find(query, this.#zones.apexLabel, client, now);
    this.subnetScope = zone.subnetScope;
    this.extendedError = zone.extendedError;
    if (answer === null) return this.#flattenSet(zone);
    if (isReferral(answer)) return null;
    return this.#byAnswer.get(answer) ?? this.#flatten(answer);
  }

  /** What steers the name, when one of our zones has it and does; asked by those who explain. */
  steering(): ExplainedAnswer | null {
    const zone = this.#zones.find(this.#query);
    return zone === null ? null : steeringOf(zone, this.#query.name.slice(0, this.#query.nameLength));
  }

  #flattenSet({ data, set }: AuthoritativeZone): Flattened {
    if (data === this.#setZone && set === this.#set) return this.#ofSet;
    this.#setZone = data;
    this.#set = set;
    const records: Uint8Array[] = [];
    for (let record = data.recordStart[set]!; record < data.recordStart[set + 1]!; record++) {
      records.push(data.recordData(record));
    }
    this.#ofSet = {
      answer: compileAddresses(this.#query.type, data.setTtl[set]!, records),
      next: null,
      failed: false,
    };
    return this.#ofSet;
  }

  /** Reads the answer as whoever had asked for it would. */
  #flatten(answer: CompiledAnswer): Flattened {
    const query = this.#query;
    query.packet = this.#packet;
    const writer = new PacketWriter(query);
    const out = new Uint8Array(MAX_MESSAGE);
    writer.begin(0, out, 0, MAX_MESSAGE);
    const { answers } = readMessage(out.slice(0, writer.compiled(answer)));
    const flattened = this.#reduce(answer.responseCode, answers);
    this.#byAnswer.set(answer, flattened);
    return flattened;
  }

  #reduce(code: number, answers: ReturnType<typeof readMessage>["answers"]): Flattened {
    const { type } = this.#query;
    const addresses = answers.filter((record) => record.type === type);
    if (addresses.length > 0) {
      // No longer than any link of the chain holds.
      const ttl = Math.min(...answers.filter((record) => record.type !== RecordType.RRSIG).map((record) => record.ttl));
      const data = addresses.map((record) => record.data);
      return { answer: compileAddresses(type, ttl, data), next: null, failed: false };
    }
    if (code !== ResponseCode.NOERROR && code !== ResponseCode.NXDOMAIN) return FAILED;
    const alias = answers.findLast((record) => record.type === RecordType.CNAME);
    if (alias === undefined || code === ResponseCode.NXDOMAIN) return NOTHING;
    // A loop closes where it began: nothing follows.
    const next = lowerName(alias.data);
    return sameName(next, this.#query.name.subarray(0, this.#query.nameLength)) ? NOTHING : { ...NOTHING, next };
  }
}

function isReferral({ responseCode, authoritative, answers }: CompiledAnswer): boolean {
  return responseCode === ResponseCode.NOERROR && !authoritative && answers === 0;
}
