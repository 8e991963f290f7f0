import { dataOf } from "../dnssec/canonical.ts";
import { nameAfter } from "../dnssec/name-after.ts";
import { nsecData, typesAt } from "../dnssec/sign-zone.ts";
import { signSet, type SignatureTimes, type SignedSet } from "../dnssec/signature.ts";
import { signatureTime, SIGNING_POLICY, type SigningPolicy } from "../dnssec/signing-policy.ts";
import { type Signers, signersOf, type ZoneKeys } from "../dnssec/zone-keys.ts";
import { RecordType, ResponseCode } from "../wire/record-type.ts";
import { NO_NODE } from "../zone/name-table.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { AnswerWriter, Section } from "./answer-writer.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import { signAnswer } from "./sign-answer.ts";
import type { Asked, DynamicNodes, Prover, ZoneSecurity } from "./zone-security.ts";

/** RFC 9824 §3.2: a type that says that there is no such name. */
const NXNAME = 128;
/** Types of a name that is not there. */
const NO_SUCH_NAME: readonly number[] = [RecordType.RRSIG, RecordType.NSEC, NXNAME];
/** RRsets whose signatures are kept. */
const MOST_KEPT = 65_536;

/**
 * Signs as it answers (RFC 9824). What does not exist is denied by an NSEC from the query name to the very next one, so
 * that an answer has one denial, nobody can list the zone by its denials, and nothing must be signed in advance.
 *
 * The zone is served from `addKeys(data, keys)`. Signatures begin with an epoch of half their validity, so that all
 * servers of a zone make the same ones.
 */
export class OnlineSecurity implements ZoneSecurity {
  readonly zone: ZoneData;
  readonly #signers: Signers;
  readonly #policy: SigningPolicy;
  /** Signatures of the zone's RRsets under their own names. */
  readonly #kept = new Map<number, Uint8Array[]>();
  #times: SignatureTimes = { inception: 0, expiration: 0 };
  #epoch = -1;

  /** @throws TypeError when the keys cannot sign a zone. */
  constructor(zone: ZoneData, keys: ZoneKeys, policy: Partial<SigningPolicy> = {}) {
    this.zone = zone;
    this.#signers = signersOf(keys);
    this.#policy = { ...SIGNING_POLICY, ...policy };
  }

  prover(writer: AnswerWriter, dynamic: DynamicNodes): Prover {
    return new OnlineProver(this, writer, dynamic);
  }

  witness(): number {
    return NO_NODE;
  }

  epoch(now: number): number {
    const length = this.#policy.validity / 2;
    const epoch = Math.floor(now / 1_000 / length);
    if (epoch === this.#epoch) return epoch;
    const start = epoch * length;
    this.#kept.clear();
    this.#epoch = epoch;
    this.#times = {
      inception: signatureTime(start - this.#policy.inception),
      expiration: signatureTime(start + this.#policy.validity),
    };
    return epoch;
  }

  signed(answer: CompiledAnswer, asked: Asked, dynamic: DynamicNodes): CompiledAnswer {
    const deny = (prover: Prover): void => prover.denyType(asked.name, asked.node, NO_NODE);
    return signAnswer(
      answer,
      asked,
      (set) => this.signatures(set),
      (writer) => {
        deny(new OnlineProver(this, writer, dynamic, asked.type));
      },
    );
  }

  /** RRSIG data for an RRset. */
  signatures(set: SignedSet): Uint8Array[] {
    const { type } = set;
    const isOfKeys = type === RecordType.DNSKEY || type === RecordType.CDS || type === RecordType.CDNSKEY;
    const keys = isOfKeys ? this.#signers.ofKeys : this.#signers.ofZone;
    return keys.map((key) => signSet(this.zone.apex, set, key, this.#times));
  }

  /** Of an RRset of the zone as it is given for `name`, its own or one that a wildcard stands for. */
  signaturesOf(set: number, node: number, name: Uint8Array): Uint8Array[] {
    const { zone } = this;
    const signed = { owner: name, type: zone.setType[set]!, ttl: zone.setTtl[set]!, records: dataOf(zone, set) };
    // Only a wildcard's records are given for other names than its own.
    if (zone.names.isWildcard(node)) return this.signatures(signed);
    const kept = this.#kept.get(set);
    if (kept !== undefined) return kept;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const made = this.signatures(signed);
    this.#kept.set(set, made);
    return made;
  }
}

class OnlineProver implements Prover {
  readonly #security: OnlineSecurity;
  readonly #writer: AnswerWriter;
  readonly #dynamic: DynamicNodes;
  readonly #denied: number;

  /** `denied`: a type that is not there although the node has it at other times; 0: none. */
  constructor(security: OnlineSecurity, writer: AnswerWriter, dynamic: DynamicNodes, denied = 0) {
    this.#security = security;
    this.#writer = writer;
    this.#dynamic = dynamic;
    this.#denied = denied;
  }

  sign(section: Section, owner: Uint8Array | null, name: Uint8Array, node: number, set: number, ttl: number): void {
    for (const signature of this.#security.signaturesOf(set, node, name)) {
      this.#writer.record(section, owner, RecordType.RRSIG, ttl, signature);
    }
  }

  /** RFC 9824 §3.1: to those who ask for DNSSEC, a name that is not there is one that has no types. */
  denyName(name: Uint8Array): void {
    this.#writer.responseCode = ResponseCode.NOERROR;
    this.#deny("authority", name, NO_SUCH_NAME);
  }

  denyType(name: Uint8Array, node: number): void {
    this.#deny("authority", name, this.#typesAt(node));
  }

  /** The signature is made for the name itself (RFC 9824 §3.5), as if it stood in the zone. */
  proveExpansion(): void {}

  denyDs(cut: number): void {
    this.#deny("authority", this.#security.zone.names.name(cut), this.#typesAt(cut));
  }

  /** The NSEC that nobody has written down, and as "the" signature of a name that of its first RRset. */
  made(name: Uint8Array, node: number, type: number): boolean {
    if (type === RecordType.NSEC) {
      this.#deny("answer", name, node === NO_NODE ? NO_SUCH_NAME : this.#typesAt(node));
      return true;
    }
    const { zone } = this.#security;
    if (type !== RecordType.RRSIG || node === NO_NODE || !zone.hasSets(node)) return false;
    const set = zone.setStart[node]!;
    this.sign("answer", name, name, node, set, zone.setTtl[set]!);
    return true;
  }

  #typesAt(node: number): number[] {
    const types = [...typesAt(this.#security.zone, node), ...(this.#dynamic.get(node)?.types ?? [])];
    return this.#denied === 0 ? types : types.filter((type) => type !== this.#denied);
  }

  #deny(section: Section, name: Uint8Array, types: readonly number[]): void {
    const { zone } = this.#security;
    const ttl = zone.negativeTtl;
    const record = nsecData(nameAfter(name, zone.apex), types);
    this.#writer.record(section, name, RecordType.NSEC, ttl, record);
    for (const signature of this.#security.signatures({ owner: name, type: RecordType.NSEC, ttl, records: [record] })) {
      this.#writer.record(section, name, RecordType.RRSIG, ttl, signature);
    }
  }
}
