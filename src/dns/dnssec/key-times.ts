import type { SigningKey } from "./signing-key.ts";
import type { ZoneKeys } from "./zone-keys.ts";

/** When a key does what: seconds since 1970 (RFC 7583 §3.1). What is left out: from the beginning; never. */
export interface KeyTimes {
  /** It joins the DNSKEY set. */
  readonly publish?: number;
  /** It begins to sign. */
  readonly activate?: number;
  /** It stops to sign. */
  readonly retire?: number;
  /** It leaves the DNSKEY set. */
  readonly remove?: number;
}

export interface TimedKey {
  readonly key: SigningKey;
  readonly times: KeyTimes;
}

export type KeyState = "future" | "published" | "active" | "retired" | "removed";

/** What a key is at a time. */
export function stateOf({ times }: TimedKey, now: number): KeyState {
  const activate = times.activate ?? times.publish ?? -Infinity;
  const publish = Math.min(times.publish ?? activate, activate);
  if (now >= (times.remove ?? Infinity)) return "removed";
  if (now >= (times.retire ?? Infinity)) return "retired";
  if (now >= activate) return "active";
  return now >= publish ? "published" : "future";
}

/** The keys that are in the DNSKEY set and those that sign, at a time. */
export function keysAt(keys: readonly TimedKey[], now: number): ZoneKeys {
  const inState = (...states: readonly KeyState[]): SigningKey[] =>
    keys.filter((key) => states.includes(stateOf(key, now))).map(({ key }) => key);
  return { publish: inState("published", "active", "retired"), sign: inState("active") };
}

/** When the next key of a zone changes what it is; Infinity: none does. */
export function nextKeyChange(keys: readonly TimedKey[], now: number): number {
  const times = keys.flatMap(({ times }) => [times.publish, times.activate, times.retire, times.remove]);
  return Math.min(Infinity, ...times.filter((time) => time !== undefined && time > now).map(Number));
}
