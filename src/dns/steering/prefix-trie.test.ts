import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseNetwork } from "../../bytes/address-set.ts";
import { PrefixTrie } from "./prefix-trie.ts";

function trie(...networks: readonly string[]): PrefixTrie {
  const made = new PrefixTrie();
  for (const [index, network] of networks.entries()) made.add(parseNetwork(network), index);
  return made;
}

/** Value and depth for an address or network. */
function find(made: PrefixTrie, text: string): [number, number] {
  const { bytes, prefix } = parseNetwork(text);
  const value = made.find(bytes, bytes.length, prefix);
  return [value, made.depth];
}

describe("PrefixTrie", () => {
  test("the longest network that holds it, and the bits that decided", () => {
    const made = trie("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32");
    expect(find(made, "10.9.0.1")).toEqual([0, 13]);
    expect(find(made, "10.1.2.3")).toEqual([1, 16]);
    expect(find(made, "11.0.0.0")).toEqual([-1, 8]);
    expect(find(made, "2001:db8::1")).toEqual([2, 32]);
    expect(find(made, "2001:db9::1")).toEqual([-1, 32]);
    expect(find(trie("10.0.0.0/8"), "2001:db8::1")).toEqual([-1, 0]);
  });

  test("a network larger than a rule's is not in it, and more bits would matter", () => {
    expect(find(trie("10.1.2.0/24"), "10.1.0.0/16")).toEqual([-1, 23]);
    expect(find(trie("10.1.0.0/24"), "10.1.0.0/16")).toEqual([-1, 24]);
    expect(find(trie("10.0.0.0/8", "10.1.0.0/24"), "10.1.0.0/16")).toEqual([0, 24]);
  });

  test("all of a family", () => {
    const made = trie("0.0.0.0/0", "::/0");
    expect(find(made, "192.0.2.1")).toEqual([0, 0]);
    expect(find(made, "2001:db8::1")).toEqual([1, 0]);
  });

  test("as a naive search; and all addresses with the bits that decided have the same answer", () => {
    const network = fc
      .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
      .map(([address, prefix]) => `${address}/${prefix}`);
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 40 }),
        fc.ipV4(),
        fc.nat({ max: 0xffff_ffff }),
        (list, address, noise) => {
          const made = trie(...list);
          const { bytes } = parseNetwork(address);
          const value = made.find(bytes, 4, 32);
          const { depth } = made;
          let best = -1;
          for (const [index, text] of list.entries()) {
            const { bytes: start, prefix } = parseNetwork(text);
            const same = prefix === 0 || (word(start) ^ word(bytes)) >>> (32 - prefix) === 0;
            if (same && (best < 0 || prefix >= parseNetwork(list[best]!).prefix)) best = index;
          }
          expect(value).toBe(best);
          const mask = depth === 32 ? 0 : 0xffff_ffff >>> depth;
          const neighbour = (word(bytes) & ~mask) | (noise & mask);
          const other = Uint8Array.of(neighbour >>> 24, neighbour >>> 16, neighbour >>> 8, neighbour);
          expect(made.find(other, 4, 32)).toBe(value);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function word(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
