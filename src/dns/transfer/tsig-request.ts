/** Verifies signed requests, as servers do (RFC 8945 §5.2), and says what is to be answered to those that fail. */
import { ResponseCode } from "../wire/record-type.ts";
import type { TsigKey, TsigKeyring } from "./tsig-key.ts";
import { compareMacs, FUDGE, startMac, tsigVariables } from "./tsig-mac.ts";
import { readTsig, setUint48, TsigError, type TsigRecord, withoutTsig, withTsig } from "./tsig-record.ts";
import { TsigSigner } from "./tsig-signer.ts";

export type TsigRequest =
  | {
      readonly valid: true;
      readonly key: TsigKey;
      readonly record: TsigRecord;
      /** The request without the record. */
      readonly message: Uint8Array;
    }
  | {
      readonly valid: false;
      /** FORMERR: there is no telling whose it is; NOTAUTH: `error` says why. */
      readonly responseCode: number;
      readonly error: number;
      /** Set when the MAC was right: the answer is signed (§5.3.2). */
      readonly key: TsigKey | null;
      readonly record: TsigRecord | null;
    };

/** `start`: where the TSIG record begins; `now`: seconds since the epoch. The order of checks is §5.2's. */
export function verifyRequest(request: Uint8Array, start: number, keys: TsigKeyring, now: number): TsigRequest {
  const record = readTsig(request, start);
  if (record === null) return malformed();
  const key = keys.find(record.keyName);
  if (key === null || Buffer.compare(key.algorithm.name, record.algorithm) !== 0) {
    return notAuthorised(TsigError.BADKEY, null, record);
  }
  const message = withoutTsig(request, record);
  const expected = startMac(key, null).update(message).update(tsigVariables(record)).digest();
  const verdict = compareMacs(key, record.mac, expected);
  if (verdict === "malformed") return malformed();
  if (verdict === "other") return notAuthorised(TsigError.BADSIG, null, record);
  if (Math.abs(now - record.time) > Math.min(record.fudge, FUDGE)) {
    return notAuthorised(TsigError.BADTIME, key, record);
  }
  if (verdict === "too short") return notAuthorised(TsigError.BADTRUNC, key, record);
  return { valid: true, key, record, message };
}

function malformed(): TsigRequest {
  return { valid: false, responseCode: ResponseCode.FORMERR, error: TsigError.NONE, key: null, record: null };
}

export function notAuthorised(
  error: number,
  key: TsigKey | null,
  record: TsigRecord,
): TsigRequest & { readonly valid: false } {
  return { valid: false, responseCode: ResponseCode.NOTAUTH, error, key, record };
}

/** Completes the answer to a request that failed (§5.3.2). */
export function signRefusal(answer: Uint8Array, request: TsigRequest & { valid: false }, now: number): Uint8Array {
  const { key, record, error } = request;
  if (record === null) return answer;
  if (key === null) {
    const id = (answer[0]! << 8) | answer[1]!;
    const nothing = new Uint8Array(0);
    return withTsig(answer, { ...record, time: now, fudge: FUDGE, error, other: nothing }, nothing, id);
  }
  const signer = new TsigSigner(key, record.mac);
  if (error !== TsigError.BADTIME) return signer.sign(answer, now, error);
  // §5.2.3: the time of the request, so that its sender can verify it, and ours beside it.
  const other = new Uint8Array(6);
  setUint48(new DataView(other.buffer), 0, now);
  return signer.sign(answer, record.time, error, other);
}
