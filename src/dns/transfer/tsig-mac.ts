/** What a MAC covers (RFC 8945 §4.3). */
import { createHmac, type Hmac, timingSafeEqual } from "node:crypto";
import { RecordClass } from "../wire/record-type.ts";
import type { TsigKey } from "./tsig-key.ts";
import { setUint48, type TsigFields } from "./tsig-record.ts";

/** RFC 8945 §10: seconds by which the clocks of two servers may differ. */
export const FUDGE = 300;

/** Begins a MAC, with the one of the message before where there is one (§4.3.1: the request's; §5.3.1: the last answer's). */
export function startMac(key: TsigKey, prior: Uint8Array | null): Hmac {
  const hmac = createHmac(key.algorithm.digest, key.secret);
  if (prior !== null) {
    hmac.update(Uint8Array.of(prior.length >> 8, prior.length));
    hmac.update(prior);
  }
  return hmac;
}

/** §4.3.3: the fields of the record itself, names in lower case. */
export function tsigVariables(fields: TsigFields): Uint8Array {
  const { keyName, algorithm, other } = fields;
  const bytes = new Uint8Array(keyName.length + 6 + algorithm.length + 12 + other.length);
  const view = new DataView(bytes.buffer);
  bytes.set(keyName);
  view.setUint16(keyName.length, RecordClass.ANY);
  bytes.set(algorithm, keyName.length + 6);
  const at = keyName.length + 6 + algorithm.length;
  setUint48(view, at, fields.time);
  view.setUint16(at + 6, fields.fudge);
  view.setUint16(at + 8, fields.error);
  view.setUint16(at + 10, other.length);
  bytes.set(other, at + 12);
  return bytes;
}

/** §5.3.1: of the second and further messages of an answer only these. */
export function tsigTimers(fields: TsigFields): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  setUint48(view, 0, fields.time);
  view.setUint16(6, fields.fudge);
  return bytes;
}

export type MacVerdict = "same" | "other" | "too short" | "malformed";

/** §5.2.2.1: compares a MAC, perhaps truncated, with the whole one; how long that takes does not tell where they differ. */
export function compareMacs(key: TsigKey, received: Uint8Array, expected: Uint8Array): MacVerdict {
  const { size } = key.algorithm;
  if (received.length > size || received.length < Math.max(10, size / 2)) return "malformed";
  if (!timingSafeEqual(received, expected.subarray(0, received.length))) return "other";
  return received.length < key.minimumMac ? "too short" : "same";
}
