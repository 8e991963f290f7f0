import { createAddressSet } from "../../bytes/address-set.ts";
import type { AddressSet } from "../../contract/plan.ts";
import { ClientAddress } from "../authority/client-address.ts";
import type { ClientSubnet } from "../authority/client-subnet.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import { formatIpv6 } from "../wire/ipv6-text.ts";

/** RFC 7871 §11.1: no more of an address than this is used, whatever a resolver tells. */
export const MAX_IPV4_PREFIX = 24;
export const MAX_IPV6_PREFIX = 56;

/**
 * Where the client is taken to be: in the subnet that its resolver tells (RFC 7871), else where the resolver is. One
 * object, read again for each query.
 */
export class ClientNetwork {
  readonly bytes = new Uint8Array(16);
  /** 4 or 16; 0: not known. */
  length = 0;
  /** Bits of the address that are known. */
  prefix = 0;
  /** The subnet decides, not the resolver's address. */
  fromSubnet = false;
  /** A subnet came, and from one who may tell: the answer says for how many bits of it it holds. */
  told = false;
  readonly #believed: AddressSet | null;
  readonly #everybody: boolean;
  readonly #address = new ClientAddress();

  /** `believed`: resolvers whose subnets count, as addresses and networks; "all", or "none". Throws RangeError. */
  constructor(believed: "all" | "none" | readonly string[]) {
    this.#everybody = believed === "all";
    this.#believed = typeof believed === "string" ? null : createAddressSet(believed);
  }

  read(client: DnsClient, subnet: ClientSubnet | null): void {
    this.told = subnet !== null && this.#believes(client.address);
    // RFC 7871 §7.1.2: /0 asks not to use the client's address; the resolver's is all there is.
    this.fromSubnet = this.told && subnet!.prefix > 0;
    if (this.fromSubnet) this.#readSubnet(subnet!);
    else this.#readAddress(client.address);
  }

  /** The scope to be told when `depth` bits decided (RFC 7871 §7.2.1); -1: none. */
  scope(depth: number): number {
    if (!this.told) return -1;
    return this.fromSubnet ? Math.min(depth, this.#most()) : 0;
  }

  /** A number for the /24 or /56, spread over all of 32 bits. */
  hash(): number {
    const { bytes, length } = this;
    let hash = 0x811c9dc5 ^ length;
    for (let index = 0, end = this.#most() >> 3; index < end; index++) {
      hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
    }
    return mix(hash);
  }

  /** "subnet 203.0.113.0/24", "resolver 192.0.2.53". */
  describe(): string {
    if (this.length === 0) return "a client of unknown address";
    const text = this.length === 4 ? this.bytes.subarray(0, 4).join(".") : formatIpv6(this.bytes, 0);
    return this.fromSubnet ? `subnet ${text}/${this.prefix}` : `resolver ${text}`;
  }

  #believes(address: string): boolean {
    return this.#everybody || (this.#believed !== null && this.#believed.has(address));
  }

  #most(): number {
    return this.length === 4 ? MAX_IPV4_PREFIX : MAX_IPV6_PREFIX;
  }

  #readSubnet(subnet: ClientSubnet): void {
    const { bytes } = this;
    this.length = subnet.family === 1 ? 4 : 16;
    this.prefix = Math.min(subnet.prefix, this.#most());
    const whole = this.prefix >> 3;
    for (let index = 0; index < 16; index++) bytes[index] = index < whole ? subnet.address[index]! : 0;
    if ((this.prefix & 7) !== 0) bytes[whole] = subnet.address[whole]! & (0xff00 >> (this.prefix & 7));
  }

  #readAddress(text: string): void {
    const address = this.#address;
    address.read(text);
    this.length = address.length;
    this.prefix = address.length * 8;
    for (let index = 0; index < address.length; index++) this.bytes[index] = address.bytes[index]!;
  }
}

/** Spreads a hash so that each of its bits depends on all (MurmurHash3's finaliser). */
export function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
