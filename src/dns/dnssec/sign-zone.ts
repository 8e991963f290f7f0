/**
 * Signs a zone when it is loaded: an NSEC for every name that is the zone's, RRSIGs for every RRset that is (RFC 4035
 * §2). Signatures of an earlier signing are kept where the RRset is as it was, so that a small change costs little.
 */
import { isLater, risingSerial } from "../zone/serial.ts";
import { soaSerialOffset } from "../zone/soa-serial.ts";
import { RecordType } from "../wire/record-type.ts";
import { writeTypeBitmap } from "../wire/type-bitmap.ts";
import { NO_NODE } from "../zone/name-table.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import { dataOf } from "./canonical.ts";
import { recordTtl } from "../zone/record-ttl.ts";
import { readSignature, signSet, type SignedSet } from "./signature.ts";
import type { SigningKey } from "./signing-key.ts";
import { signatureTime, SIGNING_POLICY, type SigningPolicy } from "./signing-policy.ts";
import { keyRecords, type Signers, signersOf, type ZoneKeys } from "./zone-keys.ts";
import { ZoneOrder } from "../zone/zone-order.ts";

export interface SigningOptions {
  /** Seconds since 1970. */
  readonly now: number;
  readonly policy?: Partial<SigningPolicy>;
  /** The zone as it was last signed: its signatures are kept where they still fit. */
  readonly previous?: ZoneData | null;
  /** Of the signed zone. Default: the source's, or the next after that of `previous` when that is not earlier. */
  readonly serial?: number;
}

/** Signatures made between two points at which something else may run: about a millisecond. */
const SLICE = 64;

/** Between two signings of a zone: seconds. */
const INTERVAL = 3_600;

/** Types that signing makes; what a source has of them is dropped. */
const MADE: ReadonlySet<number> = new Set([
  RecordType.RRSIG,
  RecordType.NSEC,
  RecordType.NSEC3,
  RecordType.NSEC3PARAM,
  RecordType.DNSKEY,
  RecordType.CDS,
  RecordType.CDNSKEY,
]);

/**
 * The zone with keys, denials and signatures. It signs in one go: 100,000 RRsets take more than a second.
 * @throws TypeError when the keys cannot sign a zone.
 */
export function signZone(data: ZoneData, keys: ZoneKeys, options: SigningOptions): ZoneData {
  const signing = signZoneBySlices(data, keys, options);
  for (;;) {
    const { done, value } = signing.next();
    if (done === true) return value;
  }
}

/** The same, with pauses in which queries are answered. */
export async function signZoneGently(data: ZoneData, keys: ZoneKeys, options: SigningOptions): Promise<ZoneData> {
  const signing = signZoneBySlices(data, keys, options);
  for (;;) {
    const { done, value } = signing.next();
    if (done === true) return value;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

function* signZoneBySlices(data: ZoneData, keys: ZoneKeys, options: SigningOptions): Generator<void, ZoneData> {
  const signers = signersOf(keys);
  const { publishCds, dnskeyTtl } = { ...SIGNING_POLICY, ...options.policy };
  const serial = options.serial ?? risingSerial(data.serial, options.previous?.serial ?? null);
  const unsigned = withKeys(data, keys, { publishCds, dnskeyTtl }, serial);
  return yield* new ZoneSigner(unsigned, signers, options).sign();
}

/** The zone without what signing makes, but with the keys' records: what an online-signed zone is served from. */
export function withKeys(
  data: ZoneData,
  keys: ZoneKeys,
  { publishCds, dnskeyTtl }: Pick<SigningPolicy, "publishCds" | "dnskeyTtl"> = SIGNING_POLICY,
  serial = data.serial,
): ZoneData {
  const builder = new ZoneBuilder(data.apex, data.recordCount + 8);
  eachSet(data, (node, set) => {
    const type = data.setType[set]!;
    if (MADE.has(type)) return;
    for (let record = data.recordStart[set]!; record < data.recordStart[set + 1]!; record++) {
      const bytes = type === RecordType.SOA ? withSerial(data.recordData(record), serial) : data.recordData(record);
      add(builder, data.names.name(node), type, recordTtl(data, node, set, record), bytes);
    }
  });
  // Names without records: what lies between others, and what is answered by none of the zone's records.
  for (let node = 0; node < data.nodeCount; node++) {
    if (!data.hasSets(node)) builder.names.add(data.names.name(node).slice(), data.names.lengthOf(node));
  }
  for (const [type, records] of keyRecords(data.apex, keys, publishCds)) {
    for (const record of records) add(builder, data.apex, type, dnskeyTtl, record);
  }
  return builder.build();
}

/** SOA data with this serial. */
function withSerial(soa: Uint8Array, serial: number): Uint8Array {
  const copy = soa.slice();
  new DataView(copy.buffer).setUint32(soaSerialOffset(copy), serial);
  return copy;
}

function eachSet(data: ZoneData, take: (node: number, set: number) => void): void {
  for (let node = 0; node < data.nodeCount; node++) {
    for (let set = data.setStart[node]!; set < data.setStart[node + 1]!; set++) take(node, set);
  }
}

function add(builder: ZoneBuilder, owner: Uint8Array, type: number, ttl: number, data: Uint8Array): void {
  builder.add(owner.slice(), owner.length, type, ttl, data, 0, data.length);
}

/** Whether a node is the zone's own: not below a delegation, nor hidden by a DNAME. At a delegation it is, in part. */
function isOwn(data: ZoneData, node: number): boolean {
  return (data.cut[node] === NO_NODE || data.cut[node] === node) && data.dname[node] === NO_NODE;
}

/** Types whose RRsets at a node are signed, NSEC not among them (RFC 4035 §2.2). */
function isSigned(data: ZoneData, node: number, type: number): boolean {
  return data.cut[node] === NO_NODE || type === RecordType.DS;
}

class ZoneSigner {
  readonly #data: ZoneData;
  readonly #signers: Signers;
  readonly #policy: SigningPolicy;
  readonly #now: number;
  readonly #previous: ZoneData | null;
  readonly #builder: ZoneBuilder;
  /** Signatures made since the last pause. */
  #made = 0;

  constructor(data: ZoneData, signers: Signers, { now, policy, previous }: SigningOptions) {
    this.#data = data;
    this.#signers = signers;
    this.#policy = { ...SIGNING_POLICY, ...policy };
    this.#now = now;
    this.#previous = previous ?? null;
    this.#builder = new ZoneBuilder(data.apex, data.recordCount * 3 + 16);
  }

  *sign(): Generator<void, ZoneData> {
    const data = this.#data;
    const chain = chainOf(data);
    const next = new Map<number, number>();
    for (const [index, node] of chain.entries()) next.set(node, chain[(index + 1) % chain.length]!);
    for (let node = 0; node < data.nodeCount; node++) {
      const name = data.names.name(node);
      // Names without records may be answered otherwise.
      if (!data.hasSets(node)) this.#builder.names.add(name.slice(), name.length);
      for (let set = data.setStart[node]!; set < data.setStart[node + 1]!; set++) {
        const type = data.setType[set]!;
        const ttl = data.setTtl[set]!;
        const records = dataOf(data, set);
        for (const record of records) add(this.#builder, name, type, ttl, record);
        if (isOwn(data, node) && isSigned(data, node, type)) this.#signSet({ owner: name, type, ttl, records }, node);
      }
      const following = next.get(node);
      if (following !== undefined) this.#deny(node, following);
      if (this.#made >= SLICE) {
        this.#made = 0;
        yield;
      }
    }
    return this.#builder.build();
  }

  /** RFC 4034 §4: its TTL is that of negative answers (RFC 9077 §3). */
  #deny(node: number, following: number): void {
    const { names, negativeTtl: ttl } = this.#data;
    const owner = names.name(node);
    const record = nsecData(names.name(following), typesAt(this.#data, node));
    add(this.#builder, owner, RecordType.NSEC, ttl, record);
    this.#signSet({ owner, type: RecordType.NSEC, ttl, records: [record] }, node);
  }

  #signSet(set: SignedSet, node: number): void {
    const { apex } = this.#data;
    const isOfKeys = set.type === RecordType.DNSKEY || set.type === RecordType.CDS || set.type === RecordType.CDNSKEY;
    for (const key of isOfKeys ? this.#signers.ofKeys : this.#signers.ofZone) {
      const kept = this.#earlier(set, node, key);
      if (kept === null) this.#made++;
      add(this.#builder, set.owner, RecordType.RRSIG, set.ttl, kept ?? signSet(apex, set, key, this.#times()));
    }
  }

  #times(): { inception: number; expiration: number } {
    const { inception, validity, jitter, random } = this.#policy;
    return {
      inception: signatureTime(this.#now - inception),
      expiration: signatureTime(this.#now + validity - random() * jitter),
    };
  }

  /** The signature that the same RRset had when the zone was last signed, if it holds long enough. */
  #earlier(set: SignedSet, node: number, key: SigningKey): Uint8Array | null {
    const previous = this.#previous;
    if (previous === null) return null;
    const was = previous.names.find(set.owner, 0, set.owner.length, this.#data.names.hashOf(node));
    if (was === NO_NODE) return null;
    const before = previous.findSet(was, set.type);
    const signatures = previous.findSet(was, RecordType.RRSIG);
    if (before === NO_SET || signatures === NO_SET || previous.setTtl[before] !== set.ttl) return null;
    const records = dataOf(previous, before);
    if (records.length !== set.records.length) return null;
    if (records.some((data, index) => Buffer.compare(data, set.records[index]!) !== 0)) return null;
    for (const data of dataOf(previous, signatures)) {
      const { type, algorithm, tag, expiration } = readSignature(data);
      if (type !== set.type || algorithm !== key.algorithm || tag !== key.tag) continue;
      if (isLater(expiration, signatureTime(this.#now + this.#policy.refresh))) return data;
    }
    return null;
  }
}

/** The nodes that have an NSEC, in canonical order (RFC 4035 §2.3): no empty non-terminals, nothing below a cut. */
function chainOf(data: ZoneData): number[] {
  const chain: number[] = [];
  for (const node of new ZoneOrder(data).order) if (isOwn(data, node) && data.hasSets(node)) chain.push(node);
  return chain;
}

/** Types for the bitmap of a node's NSEC: at a delegation only those that are the parent's (RFC 4035 §2.3). */
export function typesAt(data: ZoneData, node: number): number[] {
  const types: number[] = [RecordType.RRSIG, RecordType.NSEC];
  for (let set = data.setStart[node]!; set < data.setStart[node + 1]!; set++) {
    const type = data.setType[set]!;
    if (isSigned(data, node, type) || type === RecordType.NS) types.push(type);
  }
  return types;
}

/** NSEC data (RFC 4034 §4.1). */
export function nsecData(next: Uint8Array, types: readonly number[]): Uint8Array {
  // A window of 256 types takes at most 34 bytes.
  const data = new Uint8Array(next.length + types.length * 34);
  data.set(next);
  return data.slice(0, writeTypeBitmap(types, data, next.length));
}

/**
 * When a signed zone is to be signed again: seconds since 1970, `refresh` before its first signature ends, but at least
 * an hour from now, so that signatures that end one after the other are renewed together. Infinity when nothing in it is
 * signed.
 */
export function nextSigning(data: ZoneData, now: number, refresh: number = SIGNING_POLICY.refresh): number {
  let left = Infinity;
  eachSet(data, (_, set) => {
    if (data.setType[set] !== RecordType.RRSIG) return;
    for (let record = data.recordStart[set]!; record < data.recordStart[set + 1]!; record++) {
      const expiration = new DataView(data.data.buffer, data.data.byteOffset + data.dataStart[record]! + 8).getUint32(
        0,
      );
      // RFC 4034 §3.1.5: 32 bits, read as the nearest such time.
      left = Math.min(left, (expiration - signatureTime(now)) | 0);
    }
  });
  return now + Math.max(INTERVAL, left - refresh);
}
