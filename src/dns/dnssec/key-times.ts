import type { SigningKey } from "./signing-key.ts";
import type { ZoneKeys } from "./zone-keys.ts";

/**
 * When a key does what: seconds since 1970 (RFC 7583 §3.1). What is left out: from the beginning; never.
 *
 * Signing and being published are apart: while a zone's algorithm changes, signatures of the new one come before its key,
 * and those of the old one stay behind its key (RFC 6781 §4.1.4).
 */
export interface KeyTimes {
  /** It joins the DNSKEY set. Default: when it begins to sign. */
  readonly publish?: number;
  /** It begins to sign. Default: when it is published. */
  readonly activate?: number;
  /** It stops to sign. Default: when it leaves the DNSKEY set. */
  readonly retire?: number;
  /** It leaves the DNSKEY set. */
  readonly remove?: number;
  /** CDS and CDNSKEY begin to ask the parent for its DS (RFC 7344 §4). Default: when it begins to sign. */
  readonly syncPublish?: number;
  /** They ask for it no longer, so that the parent takes it away. Default: when it has left the DNSKEY set. */
  readonly syncDelete?: number;
}

export const KEY_TIMES = [
  "publish",
  "activate",
  "retire",
  "remove",
  "syncPublish",
  "syncDelete",
] as const satisfies ReadonlyArray<keyof KeyTimes>;

export interface TimedKey {
  readonly key: SigningKey;
  readonly times: KeyTimes;
  /** A KSK by its entry point bit alone, which is a hint (RFC 4034 §2.1.1): see `settleRoles`. */
  readonly isRoleHinted?: true;
}

export type KeyState = "future" | "published" | "active" | "retired" | "removed";

/** What a key is at a time. */
export function stateOf({ times }: TimedKey, now: number): KeyState {
  if (isPublished(times, now)) {
    if (signs(times, now)) return "active";
    return now < activation(times) ? "published" : "retired";
  }
  if (signs(times, now)) return "active";
  return now < activation(times) ? "future" : "removed";
}

/** The keys that are in the DNSKEY set, those that sign, and those whose DS the parent is to have, at a time. */
export function keysAt(keys: readonly TimedKey[], now: number): ZoneKeys {
  const those = (hold: (times: KeyTimes) => boolean): SigningKey[] =>
    keys.filter(({ times }) => hold(times)).map(({ key }) => key);
  return {
    publish: those((times) => isPublished(times, now)),
    sign: those((times) => signs(times, now)),
    parent: those((times) => isForParent(times, now)).filter(({ role }) => role !== "zsk"),
  };
}

function activation({ activate, publish }: KeyTimes): number {
  return activate ?? publish ?? -Infinity;
}

function isPublished(times: KeyTimes, now: number): boolean {
  return now >= (times.publish ?? activation(times)) && now < (times.remove ?? Infinity);
}

function signs(times: KeyTimes, now: number): boolean {
  return now >= activation(times) && now < (times.retire ?? times.remove ?? Infinity);
}

function isForParent(times: KeyTimes, now: number): boolean {
  const { syncPublish = activation(times), syncDelete = times.remove ?? times.retire ?? Infinity } = times;
  return now >= syncPublish && now < syncDelete;
}

/** When the next key of a zone changes what it is; Infinity: none does. */
export function nextKeyChange(keys: readonly TimedKey[], now: number): number {
  const times = keys.flatMap(({ times }) => KEY_TIMES.map((name) => times[name]));
  return Math.min(Infinity, ...times.filter((time) => time !== undefined && time > now).map(Number));
}
