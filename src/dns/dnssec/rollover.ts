/**
 * Changing a zone's keys without a moment at which it does not validate (RFC 6781 §4.1, RFC 7583): a ZSK is published
 * before it signs, a KSK's DS stands at the parent before the key does, and a CSK does both. Another algorithm comes in by
 * its signatures first and goes out by them last (RFC 6781 §4.1.4). While the parent is to have two DS, CDS and CDNSKEY
 * name both (RFC 7344 §4): a parent that reads them would else take away what it was asked to add. Pure: times come in.
 */
import { formatRdata } from "../wire/rdata-text.ts";
import { RecordType } from "../wire/record-type.ts";
import { stateOf, type TimedKey } from "./key-times.ts";
import { DS_SHA256, dsOf, type KeyRole, type SigningKey } from "./signing-key.ts";

/** Seconds; the names of RFC 7583 §3.1 behind. */
export interface RolloverPolicy {
  /** TTL of the DNSKEY set (TTLkey). */
  readonly dnskeyTtl: number;
  /** The greatest TTL in the zone (TTLsig). */
  readonly zoneTtl: number;
  /** TTL of the DS set at the parent (TTLds). */
  readonly dsTtl: number;
  /** Until all our servers have a new zone (Dprp). */
  readonly propagation: number;
  /** Until the parent has taken a DS and all its servers have it (Dreg + DprpP). */
  readonly registration: number;
  /** Until everything is signed with a new key (Dsgn). */
  readonly signing: number;
  /** How long a key signs before another should; 0: for ever. */
  readonly lifetime: Readonly<Record<KeyRole, number>>;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

export const ROLLOVER_POLICY: RolloverPolicy = {
  dnskeyTtl: HOUR,
  zoneTtl: DAY,
  dsTtl: DAY,
  propagation: HOUR,
  registration: DAY,
  signing: HOUR,
  lifetime: { ksk: 0, zsk: 90 * DAY, csk: 0 },
};

/** In the order in which they stand when they are due at once. */
const ACTIONS = ["generate", "add-ds", "publish", "activate", "retire", "remove", "remove-ds"] as const;
export type StepAction = (typeof ACTIONS)[number];

export interface Step {
  /** Seconds since 1970. */
  readonly at: number;
  /** Of the key that it is about. */
  readonly tag: number;
  readonly role: KeyRole;
  readonly action: StepAction;
  /** What is to be done or happens of itself, and why not earlier. */
  readonly words: string;
  /** `past`: its time has come; the program did it, or (DS, generate) it is to be done now. */
  readonly past: boolean;
}

/** How long before a successor signs it must be known: its DNSKEY, its DS, or both. */
function lead(role: KeyRole, policy: RolloverPolicy): number {
  const published = policy.propagation + policy.dnskeyTtl;
  const registered = policy.registration + policy.dsTtl;
  if (role === "zsk") return published;
  return role === "ksk" ? registered : Math.max(published, registered);
}

/** How long a retired key stays published: until no cache has a signature of it. */
function rest(role: KeyRole, policy: RolloverPolicy): number {
  return role === "ksk" ? 0 : policy.signing + policy.propagation + policy.zoneTtl;
}

/** A key and the one that follows it, with the times of the change when it begins at `start`. */
export function planRollover(
  current: TimedKey,
  successor: SigningKey,
  start: number,
  policy: RolloverPolicy = ROLLOVER_POLICY,
): { current: TimedKey; successor: TimedKey } {
  const { role } = successor;
  if (successor.algorithm !== current.key.algorithm) return planAlgorithm(current, successor, start, policy);
  const activate = start + lead(role, policy);
  const sync = role === "zsk" ? {} : { syncDelete: activate + policy.propagation + policy.dnskeyTtl };
  const retired = { retire: activate, remove: activate + rest(role, policy), ...sync };
  return {
    current: { key: current.key, times: { ...current.times, ...retired } },
    successor: {
      key: successor,
      times: {
        // RFC 7583 §3.3.2 (double DS): the KSK itself appears only when it signs; its DS came before.
        publish: role === "ksk" ? activate : start,
        activate,
        ...(role !== "zsk" && { syncPublish: activate - policy.registration - policy.dsTtl }),
      },
    },
  };
}

/**
 * A key and its successor of another algorithm. KSK and ZSK of a zone are planned with the same `start`: each algorithm
 * of the DNSKEY set has to sign everything (RFC 4035 §2.2), and the set what the parent's DS name.
 */
function planAlgorithm(
  current: TimedKey,
  successor: SigningKey,
  start: number,
  policy: RolloverPolicy,
): { current: TimedKey; successor: TimedKey } {
  const { role } = successor;
  const known = policy.propagation + policy.dnskeyTtl;
  const registered = policy.registration + policy.dsTtl;
  // No cache has an RRset without the new signatures.
  const publish = start + policy.signing + policy.propagation + policy.zoneTtl;
  // No cache has a DNSKEY set without the new keys.
  const syncPublish = publish + known;
  // Every cache has the new DS.
  const syncDelete = syncPublish + registered;
  // No cache has the old DS.
  const remove = syncDelete + registered;
  // No cache has a DNSKEY set with the old keys.
  const retire = role === "ksk" ? remove : remove + known;
  const forParent = role !== "zsk";
  return {
    current: { key: current.key, times: { ...current.times, remove, retire, ...(forParent && { syncDelete }) } },
    successor: {
      key: successor,
      times: { publish, activate: role === "ksk" ? publish : start, ...(forParent && { syncPublish }) },
    },
  };
}

/** What is to be done with a zone's keys and when, in order of time. `apex`: in lower case. */
export function rollover(
  apex: Uint8Array,
  keys: readonly TimedKey[],
  now: number,
  policy: RolloverPolicy = ROLLOVER_POLICY,
): Step[] {
  const steps: Step[] = [];
  for (const key of keys) {
    const predecessor = keys.find((other) => other !== key && isFollowed(other, key));
    const successor = keys.find((other) => other !== key && isFollowed(key, other));
    const step = (at: number | undefined, action: StepAction, words: string): void => {
      if (at !== undefined && Number.isFinite(at)) {
        steps.push({ at, tag: key.key.tag, role: key.key.role, action, words, past: at <= now });
      }
    };
    if (predecessor !== undefined) describeArrival(apex, key, predecessor, policy, step);
    if (successor !== undefined) describeDeparture(key, successor, policy, step);
    else if (stateOf(key, now) === "active") describeAge(key, policy, step);
  }
  return steps.toSorted((a, b) => a.at - b.at || ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action));
}

type StepWriter = (at: number | undefined, action: StepAction, words: string) => void;

function describeArrival(
  apex: Uint8Array,
  { key, times }: TimedKey,
  predecessor: TimedKey,
  policy: RolloverPolicy,
  step: StepWriter,
): void {
  const { role, tag } = key;
  const activate = times.activate ?? times.publish!;
  const isOther = isOtherAlgorithm(predecessor, { key, times });
  if (role !== "zsk") {
    const ds = formatRdata(RecordType.DS, dsOf(apex, key.dnskey, DS_SHA256));
    const wait = duration(policy.registration + policy.dsTtl);
    const words = `have the parent add the DS of key ${tag} beside that of ${predecessor.key.tag}: DS ${ds}`;
    const then = isOther ? "the other DS may go" : `key ${tag} signs`;
    const at = times.syncPublish ?? activate - lead(role, policy);
    step(at, "add-ds", `${words}; ${then} ${wait} later, when every cache has it`);
  }
  if (isOther) {
    const what = role === "csk" ? ", which it signs too" : "";
    const words = `key ${tag} joins the DNSKEY set${what}: no cache has anything without signatures of its algorithm`;
    step(times.publish, "publish", words);
  } else if (role !== "ksk") {
    const wait = duration(policy.propagation + policy.dnskeyTtl);
    step(
      times.publish,
      "publish",
      `key ${tag} joins the DNSKEY set; it may sign ${wait} later, when every cache has it`,
    );
  }
  const what = role === "ksk" ? "the DNSKEY set" : role === "zsk" ? "the zone" : "the DNSKEY set and the zone";
  const place = isOther ? "beside" : "in the place of";
  const signed = isOther && role === "csk" ? "the zone" : what;
  step(activate, "activate", `key ${tag} signs ${signed} ${place} ${predecessor.key.tag}`);
}

function describeDeparture(
  { key, times }: TimedKey,
  successor: TimedKey,
  policy: RolloverPolicy,
  step: StepWriter,
): void {
  const { role, tag } = key;
  const isOther = isOtherAlgorithm({ key, times }, successor);
  step(times.retire, "retire", `key ${tag} signs no more`);
  if (role !== "zsk") {
    const at = times.syncDelete ?? (times.retire ?? Infinity) + policy.propagation + policy.dnskeyTtl;
    const words = `have the parent remove the DS of key ${tag}`;
    const why = isOther
      ? `every cache has that of key ${successor.key.tag}`
      : `no cache has a DNSKEY set without key ${successor.key.tag} any more`;
    step(at, "remove-ds", `${words}: ${why}`);
  }
  const why = isOther ? "the parent names its algorithm no more" : "no cache has a signature of it any more";
  step(times.remove, "remove", `key ${tag} leaves the DNSKEY set: ${why}`);
}

function describeAge({ key, times }: TimedKey, policy: RolloverPolicy, step: StepWriter): void {
  const lifetime = policy.lifetime[key.role];
  const since = times.activate ?? times.publish;
  if (lifetime === 0 || since === undefined) return;
  const at = since + lifetime - lead(key.role, policy);
  step(at, "generate", `make a successor of key ${key.tag}, which then has signed for ${duration(lifetime)}`);
}

/** The one begins to sign when the other stops; of another algorithm, it joins before the other leaves. */
function isFollowed(before: TimedKey, after: TimedKey): boolean {
  if (before.key.role !== after.key.role || before.times.retire === undefined) return false;
  return isOtherAlgorithm(before, after) || before.times.retire === (after.times.activate ?? after.times.publish);
}

function isOtherAlgorithm(before: TimedKey, after: TimedKey): boolean {
  const { remove } = before.times;
  const joins = after.times.publish;
  if (before.key.algorithm === after.key.algorithm || remove === undefined || joins === undefined) return false;
  return (before.times.publish ?? -Infinity) < joins && joins < remove;
}

function duration(seconds: number): string {
  if (seconds % DAY === 0 && seconds > 0) return `${seconds / DAY} d`;
  return seconds % HOUR === 0 ? `${seconds / HOUR} h` : `${seconds} s`;
}
