import type { Network } from "../../bytes/address-set.ts";

const NO_VALUE = -1;
const NO_CHILD = 0;

/** Networks and a number for each; finds that of the longest network around an address. IPv4 and IPv6 apart. */
export class PrefixTrie {
  /** After `find`: leading bits of the address that decided, so that all addresses with the same bits have the same answer. */
  depth = 0;
  /** Two children per node; node 0 is the root for IPv4, node 1 for IPv6, and a root is nobody's child. */
  #children = new Int32Array(64);
  #values = new Int32Array(32).fill(NO_VALUE);
  #count = 2;

  /** `value`: 0 or more. The last one given for a network counts. */
  add({ bytes, prefix }: Network, value: number): void {
    let node = bytes.length === 4 ? 0 : 1;
    for (let bit = 0; bit < prefix; bit++) {
      const at = 2 * node + bitAt(bytes, bit);
      if (this.#children[at] === NO_CHILD) this.#link(at);
      node = this.#children[at]!;
    }
    this.#values[node] = value;
  }

  /**
   * The value of the longest network that holds all of address/prefix, -1 when there is none. `length`: 4 or 16 bytes.
   * Where networks longer than `prefix` lie within, `depth` goes down to them (RFC 7871 §7.2.1: more bits would matter).
   */
  find(bytes: Uint8Array, length: number, prefix: number): number {
    const children = this.#children;
    let node = length === 4 ? 0 : 1;
    let value = this.#values[node]!;
    const bits = length * 8;
    let bit = 0;
    while (bit < bits) {
      const zero = children[2 * node]!;
      const one = children[2 * node + 1]!;
      if (zero === NO_CHILD && one === NO_CHILD) break;
      node = bitAt(bytes, bit) === 0 ? zero : one;
      bit++;
      if (node === NO_CHILD) break;
      if (bit <= prefix && this.#values[node] !== NO_VALUE) value = this.#values[node]!;
    }
    this.depth = bit;
    return value;
  }

  #link(at: number): void {
    const node = this.#count++;
    if (node === this.#values.length) {
      const children = new Int32Array(node * 4);
      children.set(this.#children);
      this.#children = children;
      const values = new Int32Array(node * 2).fill(NO_VALUE);
      values.set(this.#values);
      this.#values = values;
    }
    this.#children[at] = node;
  }
}

function bitAt(bytes: Uint8Array, bit: number): number {
  return (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
}
