import { AF_INET } from "../libc.ts";
import { decodeAddress, SOCKADDR_SIZE } from "../socket-address.ts";

/** A power of two. */
const SIZE = 2_048;

/**
 * Addresses as text: what was made last for an address is found again, without an allocation. A direct-mapped table:
 * two addresses with one place take turns in it.
 */
export class AddressTexts {
  /** Per place the family and the words of the address. */
  readonly #keys = new Uint32Array(SIZE * 5);
  readonly #texts = new Array<string>(SIZE).fill("");

  /** Of the `struct sockaddr_in` or `sockaddr_in6` that begins at word `at`. */
  text(words: Uint32Array, at: number): string {
    const family = words[at]! & 0xffff;
    const ipv4 = family === AF_INET;
    const a = ipv4 ? words[at + 1]! : words[at + 2]!;
    const b = ipv4 ? 0 : words[at + 3]!;
    const c = ipv4 ? 0 : words[at + 4]!;
    const d = ipv4 ? 0 : words[at + 5]!;
    const mixed = Math.imul(a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, PRIME), PRIME), PRIME), PRIME);
    const place = (mixed >>> 16) & (SIZE - 1);
    const keys = this.#keys;
    const key = place * 5;
    if (
      keys[key] === family &&
      keys[key + 1] === a &&
      keys[key + 2] === b &&
      keys[key + 3] === c &&
      keys[key + 4] === d
    ) {
      return this.#texts[place]!;
    }
    const text = decodeAddress(new Uint8Array(words.buffer, words.byteOffset + at * 4, SOCKADDR_SIZE));
    keys[key] = family;
    keys[key + 1] = a;
    keys[key + 2] = b;
    keys[key + 3] = c;
    keys[key + 4] = d;
    this.#texts[place] = text;
    return text;
  }
}

const PRIME = 0x9e37_79b1;
