import { formatName, lowerName, parseName } from "../wire/name.ts";
import { HMAC_SHA256, type TsigAlgorithm, TSIG_ALGORITHM_NAMES, tsigAlgorithm } from "./tsig-algorithm.ts";

/** A secret that two servers share (RFC 8945 §8). Its name and its algorithm are agreed on along with it. */
export interface TsigKey {
  /** Wire form, lower case. */
  readonly name: Uint8Array;
  /** Presentation form, for configs, logs and rules. */
  readonly text: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
  /** Bytes a received MAC must have at least (RFC 8945 §5.2.2.1, local policy); shorter ones are BADTRUNC. */
  readonly minimumMac: number;
}

export interface TsigKeyOptions {
  /** Domain name, as the other side spells it (without regard to case). */
  readonly name: string;
  /** `hmac-sha256` by default. */
  readonly algorithm?: string;
  /** Base64, as tsig-keygen, keymgr -t and nsd.conf write it. */
  readonly secret: string;
  /** Default: the whole MAC. RFC 8945 §5.2.2.1 allows no less than 10 bytes, nor less than half of the whole. */
  readonly minimumMac?: number;
}

/** RFC 8945 §8: a secret should be as long as the hash; what is shorter than this can be guessed. */
const SHORTEST_SECRET = 8;
/** RFC 8945 §5.2.2.1. */
const SHORTEST_MAC = 10;

/** @throws RangeError saying what is wrong; the secret is not in the message. */
export function createTsigKey(options: TsigKeyOptions): TsigKey {
  const name = parseName(options.name);
  if (typeof name === "string") throw new RangeError(`the TSIG key name "${options.name}" ${name}`);
  const algorithm = options.algorithm === undefined ? HMAC_SHA256 : tsigAlgorithm(options.algorithm);
  if (algorithm === null) {
    throw new RangeError(`"${options.algorithm}" is not a TSIG algorithm here: use ${TSIG_ALGORITHM_NAMES.join(", ")}`);
  }
  const secret = Buffer.from(options.secret, "base64");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(options.secret) || secret.length < SHORTEST_SECRET) {
    throw new RangeError(
      `the secret of the TSIG key "${options.name}" is not base64 of ${SHORTEST_SECRET} bytes or more`,
    );
  }
  const minimumMac = options.minimumMac ?? algorithm.size;
  const least = Math.max(SHORTEST_MAC, algorithm.size / 2);
  if (!Number.isInteger(minimumMac) || minimumMac < least || minimumMac > algorithm.size) {
    throw new RangeError(
      `the minimum MAC of the TSIG key "${options.name}" is not ${least} to ${algorithm.size} bytes`,
    );
  }
  const lower = lowerName(name);
  return { name: lower, text: formatName(lower), algorithm, secret, minimumMac };
}

/** The keys of a server, and when each was last used (RFC 8945 §5.2.3). */
export class TsigKeyring {
  readonly #keys = new Map<string, TsigKey>();
  /** Latest time signed of a message that changes something, seconds, by key and sender. */
  readonly #latest = new Map<string, number>();

  /** @throws RangeError when two keys have the same name. */
  constructor(keys: Iterable<TsigKey> = []) {
    for (const key of keys) {
      if (this.#keys.has(key.text)) throw new RangeError(`there are two TSIG keys "${key.text}"`);
      this.#keys.set(key.text, key);
    }
  }

  /** Whether both have the same keys. */
  equals(other: TsigKeyring): boolean {
    return Bun.deepEquals(this.#keys, other.#keys);
  }

  /** `name` in wire form, lower case. */
  find(name: Uint8Array): TsigKey | null {
    return this.#keys.get(formatName(name)) ?? null;
  }

  get(text: string): TsigKey | null {
    const name = parseName(text);
    return typeof name === "string" ? null : this.find(lowerName(name));
  }

  /**
   * RFC 8945 §5.2.3: a message signed earlier than another that was taken already may be a replay. False for such a one;
   * else its time becomes the latest. `sender`: its address; the clocks of several that share a key differ.
   */
  advance(key: TsigKey, sender: string, time: number): boolean {
    const who = `${key.text} ${sender}`;
    if (time < (this.#latest.get(who) ?? 0)) return false;
    this.#latest.set(who, time);
    return true;
  }
}
