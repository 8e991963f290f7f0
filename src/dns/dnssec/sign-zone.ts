/**
 * Signs a zone when it is loaded: an NSEC for every name that is the zone's, RRSIGs for every RRset that is (RFC 4035
 * §2). Signatures of an earlier signing are kept where the RRset is as it was, so that a small change costs little.
 */
import { unset } from "../../time/large-arrays.ts";
import { type Slices, STRIDE } from "../../time/slices.ts";
import { isLater, risingSerial } from "../zone/serial.ts";
import { isSameData, isSameSet } from "../zone/same-set.ts";
import { soaSerialOffset } from "../zone/soa-serial.ts";
import { putUint32 } from "../wire/integers.ts";
import { RecordType } from "../wire/record-type.ts";
import { writeTypeBitmap } from "../wire/type-bitmap.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import { dataOf } from "./canonical.ts";
import { expirationOf, isSignatureOf, signSet } from "./signature.ts";
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

/** Between two points at which something else may run: signatures made, names whose signatures are kept, names that are copied. */
const SIGNED = 4;
const KEPT = 32;
const COPIED = 128;

/** Between two signings of a zone: seconds. */
const INTERVAL = 3_600;

/** Types that signing makes; what a source has of them is dropped. */
export const MADE: ReadonlySet<number> = new Set([
  RecordType.RRSIG,
  RecordType.NSEC,
  RecordType.NSEC3,
  RecordType.NSEC3PARAM,
  RecordType.DNSKEY,
  RecordType.CDS,
  RecordType.CDNSKEY,
]);

/**
 * The zone with keys, denials and signatures.
 * @throws TypeError when the keys cannot sign a zone.
 */
export function* signZone(data: ZoneData, keys: ZoneKeys, options: SigningOptions): Slices<ZoneData> {
  const signers = signersOf(keys);
  const { publishCds, dnskeyTtl } = { ...SIGNING_POLICY, ...options.policy };
  const serial = options.serial ?? risingSerial(data.serial, options.previous?.serial ?? null);
  const unsigned = yield* addKeys(data, keys, { publishCds, dnskeyTtl }, serial);
  return yield* new ZoneSigner(unsigned, signers, options).sign();
}

/**
 * The zone without what signing makes, but with the keys' records and this serial: what an online-signed zone is served
 * from.
 */
export function* addKeys(
  data: ZoneData,
  keys: ZoneKeys,
  { publishCds, dnskeyTtl }: Pick<SigningPolicy, "publishCds" | "dnskeyTtl"> = SIGNING_POLICY,
  serial = data.serial,
): Slices<ZoneData> {
  const { names, setStart, setType, setTtl, recordStart, apex } = data;
  const builder = new ZoneBuilder((yield* losesNames(data)) ? apex : names, 64);
  yield* builder.reserve(data.recordCount + 8, data.data.length + 1_024, data.nodeCount, data.nodeCount * 16);
  const soa = data.findSet(APEX, RecordType.SOA);
  for (let node = 0; node < data.nodeCount; node++) {
    // Names without records: what lies between others, and what is answered by none of the zone's records.
    let at = builder.names === names ? node : data.hasSets(node) ? NO_NODE : addName(builder, data, node);
    for (let set = setStart[node]!; set < setStart[node + 1]!; set++) {
      const type = setType[set]!;
      if (MADE.has(type)) continue;
      if (at === NO_NODE) at = addName(builder, data, node);
      if (set === soa) addOne(builder, at, type, setTtl[set]!, withSerial(data.recordData(recordStart[set]!), serial));
      else addSet(builder, at, data, set);
    }
    if (node % COPIED === 0) yield* builder.reserve(COPIED, COPIED * 64);
    if (node % COPIED === 0) yield;
  }
  for (const [type, records] of keyRecords(apex, keys, publishCds)) {
    for (const record of records) addOne(builder, APEX, type, dnskeyTtl, record);
  }
  return yield* builder.build();
}

/** Whether some name has only what signing makes: the owners of NSEC3 records, which are no names of the zone without them. */
function* losesNames(data: ZoneData): Slices<boolean> {
  for (let node = 0; node < data.nodeCount; node++) {
    const end = data.setStart[node + 1]!;
    let set = data.setStart[node]!;
    if (node % STRIDE === 0) yield;
    if (set === end) continue;
    while (set < end && MADE.has(data.setType[set]!)) set++;
    if (set === end) return true;
  }
  return false;
}

/** SOA data with this serial. */
function withSerial(soa: Uint8Array, serial: number): Uint8Array {
  const copy = soa.slice();
  putUint32(copy, soaSerialOffset(copy), serial);
  return copy;
}

function addName(builder: ZoneBuilder, data: ZoneData, node: number): number {
  const name = data.names.name(node).slice();
  return builder.names.add(name, name.length);
}

function addOne(builder: ZoneBuilder, node: number, type: number, ttl: number, record: Uint8Array): void {
  builder.addAt(node, type, ttl, record, 0, record.length);
}

/** All records of an RRset of another zone. */
function addSet(builder: ZoneBuilder, node: number, data: ZoneData, set: number): void {
  for (let record = data.recordStart[set]!; record < data.recordStart[set + 1]!; record++) {
    const start = data.dataStart[record]!;
    const end = start + data.dataLength[record]!;
    builder.addAt(node, data.setType[set]!, data.setTtl[set]!, data.data, start, end);
  }
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
  readonly #negativeTtl: number;
  /** Signatures made since the last pause. */
  #made = 0;

  constructor(data: ZoneData, signers: Signers, { now, policy, previous }: SigningOptions) {
    this.#data = data;
    this.#signers = signers;
    this.#policy = { ...SIGNING_POLICY, ...policy };
    this.#now = now;
    this.#previous = previous ?? null;
    this.#builder = new ZoneBuilder(data.names, 64);
    this.#negativeTtl = data.negativeTtl;
  }

  *sign(): Slices<ZoneData> {
    const data = this.#data;
    const builder = this.#builder;
    const next = yield* chainOf(data);
    yield* this.#makeRoom();
    for (let node = 0; node < data.nodeCount; node++) {
      const was = this.#nodeBefore(node);
      const own = isOwn(data, node);
      for (let set = data.setStart[node]!; set < data.setStart[node + 1]!; set++) {
        const type = data.setType[set]!;
        addSet(builder, node, data, set);
        if (!own || !isSigned(data, node, type)) continue;
        const isKept = was !== NO_NODE && isSameSet(data, set, this.#previous!, this.#previous!.findSet(was, type));
        this.#signSet(node, type, data.setTtl[set]!, isKept ? was : NO_NODE, () => dataOf(data, set));
      }
      const following = next[node]!;
      if (following !== NO_NODE) this.#deny(node, following, was);
      if (this.#made >= SIGNED || node % KEPT === 0) {
        this.#made = 0;
        yield;
      }
      if (node % COPIED === 0) yield* builder.reserve(COPIED * 8, COPIED * 1_024, 0);
    }
    return yield* builder.build();
  }

  /** About what the signed zone takes, so that little has to grow: an NSEC a name, and a signature for each RRset. */
  *#makeRoom(): Slices<void> {
    const { recordCount, nodeCount, data, setType, apex } = this.#data;
    const signatures = (setType.length + nodeCount) * this.#signers.ofZone.length;
    const bytes = data.length + signatures * (82 + apex.length);
    yield* this.#builder.reserve(recordCount + nodeCount + signatures, bytes, 0);
  }

  /** The node of the same name in the zone as it was last signed. */
  #nodeBefore(node: number): number {
    const { names } = this.#data;
    const before = this.#previous?.names;
    if (before === undefined || before === names) return before === undefined ? NO_NODE : node;
    return before.find(names.bytes, names.startOf(node), names.lengthOf(node), names.hashOf(node));
  }

  /** RFC 4034 §4: its TTL is that of negative answers (RFC 9077 §3). */
  #deny(node: number, following: number, was: number): void {
    const { names } = this.#data;
    const ttl = this.#negativeTtl;
    const record = nsecData(names.name(following), typesAt(this.#data, node));
    addOne(this.#builder, node, RecordType.NSEC, ttl, record);
    const isKept = was !== NO_NODE && isOnly(this.#previous!, was, RecordType.NSEC, ttl, record);
    this.#signSet(node, RecordType.NSEC, ttl, isKept ? was : NO_NODE, () => [record]);
  }

  /** `was`: the node of the zone as it was last signed that has the very same RRset; `NO_NODE`: none has. */
  #signSet(node: number, type: number, ttl: number, was: number, records: () => readonly Uint8Array[]): void {
    const { apex, names } = this.#data;
    const isOfKeys = type === RecordType.DNSKEY || type === RecordType.CDS || type === RecordType.CDNSKEY;
    for (const key of isOfKeys ? this.#signers.ofKeys : this.#signers.ofZone) {
      if (was !== NO_NODE && this.#keep(node, type, ttl, was, key)) continue;
      this.#made++;
      const set = { owner: names.name(node), type, ttl, records: records() };
      addOne(this.#builder, node, RecordType.RRSIG, ttl, signSet(apex, set, key, this.#times()));
    }
  }

  #times(): { inception: number; expiration: number } {
    const { inception, validity, jitter, random } = this.#policy;
    return {
      inception: signatureTime(this.#now - inception),
      expiration: signatureTime(this.#now + validity - random() * jitter),
    };
  }

  /** Takes over the signature that the RRset had when the zone was last signed; false: there is none that holds long enough. */
  #keep(node: number, type: number, ttl: number, was: number, key: SigningKey): boolean {
    const previous = this.#previous!;
    const { data, dataStart, dataLength, recordStart } = previous;
    const set = previous.findSet(was, RecordType.RRSIG);
    if (set === NO_SET) return false;
    for (let record = recordStart[set]!; record < recordStart[set + 1]!; record++) {
      const start = dataStart[record]!;
      if (!isSignatureOf(data, start, type, key.algorithm, key.tag)) continue;
      if (!isLater(expirationOf(data, start), signatureTime(this.#now + this.#policy.refresh))) continue;
      this.#builder.addAt(node, RecordType.RRSIG, ttl, data, start, start + dataLength[record]!);
      return true;
    }
    return false;
  }
}

/** Whether an RRset of a zone is this record. */
function isOnly(zone: ZoneData, node: number, type: number, ttl: number, record: Uint8Array): boolean {
  const set = zone.findSet(node, type);
  if (set === NO_SET || zone.setTtl[set] !== ttl) return false;
  const first = zone.recordStart[set]!;
  if (zone.recordStart[set + 1] !== first + 1 || zone.dataLength[first] !== record.length) return false;
  return isSameData(record, 0, record.length, zone.data, zone.dataStart[first]!);
}

/**
 * By node that has an NSEC: the next that has one in canonical order (RFC 4035 §2.3), behind the last the apex. Others
 * (empty non-terminals, what lies below a cut): `NO_NODE`.
 */
function* chainOf(data: ZoneData): Slices<Int32Array> {
  const { order } = yield* ZoneOrder.of(data);
  const next = unset(Int32Array, order.length);
  let following = APEX;
  for (let place = order.length - 1; place >= 0; place--) {
    const node = order[place]!;
    const isInChain = isOwn(data, node) && data.hasSets(node);
    next[node] = isInChain ? following : NO_NODE;
    if (isInChain) following = node;
    if (place % STRIDE === 0) yield;
  }
  return next;
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
export function* nextSigning(data: ZoneData, now: number, refresh: number = SIGNING_POLICY.refresh): Slices<number> {
  let left = Infinity;
  for (let set = 0; set < data.setType.length; set++) {
    if (set % COPIED === 0) yield;
    if (data.setType[set] !== RecordType.RRSIG) continue;
    for (let record = data.recordStart[set]!; record < data.recordStart[set + 1]!; record++) {
      // RFC 4034 §3.1.5: 32 bits, read as the nearest such time.
      left = Math.min(left, (expirationOf(data.data, data.dataStart[record]!) - signatureTime(now)) | 0);
    }
  }
  return now + Math.max(INTERVAL, left - refresh);
}
