import type { TsigKey } from "./tsig-key.ts";
import { FUDGE, startMac, tsigTimers, tsigVariables } from "./tsig-mac.ts";
import { TsigError, type TsigFields, tsigSize, withTsig } from "./tsig-record.ts";

const NOTHING = new Uint8Array(0);

/**
 * Signs a query, or one after the other the messages of an answer: the first with the request's MAC, each further one
 * with that of the message before (RFC 8945 §5.3.1). Every message is signed, as servers must.
 */
export class TsigSigner {
  readonly key: TsigKey;
  /** Of the message before: the request's at first, null when a request is signed. */
  #prior: Uint8Array | null;
  #first = true;

  constructor(key: TsigKey, requestMac: Uint8Array | null = null) {
    this.key = key;
    this.#prior = requestMac;
  }

  /** Bytes by which `sign` makes a message longer. */
  get room(): number {
    const { name, algorithm } = this.key;
    return tsigSize(name, algorithm.name, algorithm.size, 0);
  }

  /** The MAC of the last message signed; of a query it is needed to verify the answer. */
  get mac(): Uint8Array {
    return this.#prior ?? NOTHING;
  }

  /** A signed copy. `time`: seconds since the epoch. */
  sign(message: Uint8Array, time: number, error: number = TsigError.NONE, other: Uint8Array = NOTHING): Uint8Array {
    const { key } = this;
    const fields: TsigFields = { keyName: key.name, algorithm: key.algorithm.name, time, fudge: FUDGE, error, other };
    const hmac = startMac(key, this.#prior);
    hmac.update(message);
    hmac.update(this.#first ? tsigVariables(fields) : tsigTimers(fields));
    const mac = hmac.digest();
    this.#prior = mac;
    this.#first = false;
    return withTsig(message, fields, mac, (message[0]! << 8) | message[1]!);
  }
}
