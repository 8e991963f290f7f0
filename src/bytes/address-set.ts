import ipaddr from "ipaddr.js";
import { isIPv6 } from "node:net";
import type { AddressSet } from "../contract/plan.ts";

/** A network: its address bytes (4 or 16) and how many leading bits count. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly prefix: number;
}

/** "::192.0.2.1": deprecated (RFC 4291 §2.5.5.1), and ipaddr.js reads it as IPv4-mapped, which it is not. */
const IPV4_COMPATIBLE = /^::\d+\./;

const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/;

/**
 * Reads an address ("192.0.2.1", "2001:db8::1") or a network in CIDR ("192.0.2.0/24"). Strict: four decimal parts
 * without leading zeros for IPv4 (RFC 6943 §3.1.1: looser forms are read differently by different programs), no zone.
 * Bits behind the prefix are ignored. IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) of 96 bits or more is the IPv4 network.
 * Throws a RangeError that names the word.
 */
export function parseNetwork(word: string): Network {
  const slash = word.indexOf("/");
  const bytes = parseAddress(slash === -1 ? word : word.slice(0, slash));
  if (bytes === null)
    throw new RangeError(`"${word}" is not an IPv4 or IPv6 address or network, such as "192.0.2.0/24"`);
  const mapped = bytes.length === 4 && word.includes(":");
  const widest = mapped ? 128 : bytes.length * 8;
  if (slash === -1) return { bytes, prefix: bytes.length * 8 };
  const written = word.slice(slash + 1);
  const prefix = PREFIX.test(written) ? Number(written) : Infinity;
  if (prefix > widest)
    throw new RangeError(`"${word}" has no valid prefix length: 0 to ${widest} is expected behind the "/"`);
  if (!mapped) return { bytes, prefix };
  if (prefix >= 96) return { bytes, prefix: prefix - 96 };
  return { bytes: Uint8Array.from(ipaddr.IPv6.parse(word.slice(0, slash)).toByteArray()), prefix };
}

/** Address bytes, 4 for IPv4 and for IPv4-mapped IPv6, else 16; null when it is not an address. */
function parseAddress(text: string): Uint8Array | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return Uint8Array.from(ipaddr.IPv4.parse(text).toByteArray());
  if (!isIPv6(text) || text.includes("%") || IPV4_COMPATIBLE.test(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return Uint8Array.from(address.isIPv4MappedAddress() ? address.toIPv4Address().toByteArray() : address.toByteArray());
}

/** Answers that are remembered; connections come from few peers, and the table stays small when they do not. */
const REMEMBERED = 512;

/** Child index that says: everything below is in the set. */
const ALL = -1;
const NONE = 0;

/** Two binary tries in one table: node 0 is the root for IPv4, node 1 for IPv6. */
class NetworkTrie implements AddressSet {
  readonly size: number;
  /** Two children per node; a root never is a child, so 0 means none. */
  private children = new Int32Array(64);
  private nodeCount = 2;
  private readonly answers = new Map<string, boolean>();
  private lastAddress = "";
  private lastAnswer = false;

  constructor(networks: readonly string[]) {
    this.size = networks.length;
    for (const word of networks) this.add(parseNetwork(word));
  }

  has(address: string): boolean {
    if (this.size === 0) return false;
    if (address === this.lastAddress) return this.lastAnswer;
    let answer = this.answers.get(address);
    if (answer === undefined) {
      answer = this.lookUp(address);
      if (this.answers.size >= REMEMBERED) this.answers.clear();
      this.answers.set(address, answer);
    }
    this.lastAddress = address;
    this.lastAnswer = answer;
    return answer;
  }

  private lookUp(address: string): boolean {
    // A link-local peer comes with its zone ("fe80::1%eth0"), which no network names.
    const zone = address.indexOf("%");
    const bytes = parseAddress(zone === -1 ? address : address.slice(0, zone));
    if (bytes === null) return false;
    let node = bytes.length === 4 ? 0 : 1;
    const { children } = this;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const child = children[2 * node + bitAt(bytes, bit)]!;
      if (child === ALL) return true;
      if (child === NONE) return false;
      node = child;
    }
    return false;
  }

  private add({ bytes, prefix }: Network): void {
    let node = bytes.length === 4 ? 0 : 1;
    if (prefix === 0) {
      this.children.fill(ALL, 2 * node, 2 * node + 2);
      return;
    }
    for (let bit = 0; bit < prefix - 1; bit++) {
      const at = 2 * node + bitAt(bytes, bit);
      if (this.children[at] === ALL) return;
      if (this.children[at] === NONE) this.link(at);
      node = this.children[at]!;
    }
    this.children[2 * node + bitAt(bytes, prefix - 1)] = ALL;
  }

  /** Makes a node and hangs it below place `at`. */
  private link(at: number): void {
    const node = this.nodeCount++;
    if (2 * node + 2 > this.children.length) {
      const larger = new Int32Array(this.children.length * 2);
      larger.set(this.children);
      this.children = larger;
    }
    this.children[at] = node;
  }
}

function bitAt(bytes: Uint8Array, bit: number): number {
  return (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
}

/**
 * The set of these addresses and networks, as `parseNetwork` reads them; throws its RangeError.
 * An IPv4 address, also when it comes IPv4-mapped, is only in IPv4 networks: "::/0" is all of IPv6 and no IPv4.
 * What is not an address is in no set.
 */
export function createAddressSet(networks: readonly string[]): AddressSet {
  return new NetworkTrie(networks);
}
