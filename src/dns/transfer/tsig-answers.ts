import type { Hmac } from "node:crypto";
import type { TsigKey } from "./tsig-key.ts";
import { compareMacs, FUDGE, startMac, tsigTimers, tsigVariables } from "./tsig-mac.ts";
import { findTsig, readTsig, TsigError, tsigErrorName, type TsigRecord, withoutTsig } from "./tsig-record.ts";

/** RFC 8945 §5.3.1: messages without a MAC that may stand between two with one. */
const MAX_UNSIGNED = 99;

/** Verifies the messages of an answer to a signed query, as clients do (RFC 8945 §5.3.1, §5.4). */
export class TsigAnswers {
  readonly #key: TsigKey;
  #hmac: Hmac;
  #unsigned = 0;
  #first = true;

  constructor(key: TsigKey, queryMac: Uint8Array) {
    this.#key = key;
    this.#hmac = startMac(key, queryMac);
  }

  /** Whether the last message was signed: an answer that ends without a MAC is not complete. */
  get complete(): boolean {
    return !this.#first && this.#unsigned === 0;
  }

  /** The next message; answers what is wrong with its signature, or "". `now`: seconds since the epoch. */
  check(message: Uint8Array, now: number): string {
    const start = findTsig(message);
    if (start < 0) return "the message is malformed";
    if (start === 0) return this.#passOver(message);
    const record = readTsig(message, start);
    return record === null ? "its TSIG record is malformed" : this.#verify(message, record, now);
  }

  #passOver(message: Uint8Array): string {
    if (this.#first) return "it is not signed";
    if (++this.#unsigned > MAX_UNSIGNED) return `more than ${MAX_UNSIGNED} messages in a row are not signed`;
    this.#hmac.update(message);
    return "";
  }

  #verify(message: Uint8Array, record: TsigRecord, now: number): string {
    const key = this.#key;
    if (record.error !== TsigError.NONE && record.mac.length === 0) {
      return `the server refuses the signature: ${tsigErrorName(record.error)}`;
    }
    const sameKey = Buffer.compare(record.keyName, key.name) === 0;
    if (!sameKey || Buffer.compare(record.algorithm, key.algorithm.name) !== 0) return "it is signed with another key";
    this.#hmac.update(withoutTsig(message, record));
    this.#hmac.update(this.#first ? tsigVariables(record) : tsigTimers(record));
    const verdict = compareMacs(key, record.mac, this.#hmac.digest());
    if (verdict === "too short") return `its MAC has ${record.mac.length} of ${key.algorithm.size} bytes`;
    if (verdict !== "same") return "its MAC is wrong";
    if (record.error !== TsigError.NONE) return `the server refuses the signature: ${tsigErrorName(record.error)}`;
    if (Math.abs(now - record.time) > Math.min(record.fudge, FUDGE)) {
      return `it was signed at ${record.time}, which is not within ${FUDGE} s of now`;
    }
    this.#hmac = startMac(key, record.mac);
    this.#unsigned = 0;
    this.#first = false;
    return "";
  }
}
