/**
 * Server cookies (RFC 7873, in the form of RFC 9018 so that servers of other makes behind the same address agree): a
 * client that sends one back has shown that it receives what is sent to its address.
 */
import { randomBytes } from "node:crypto";
import type { ClientAddress } from "./client-address.ts";
import { SipHash } from "./sip-hash.ts";

const CLIENT_COOKIE = 8;
/** Version, 3 reserved bytes, 4 bytes of time, 8 of hash. */
const SERVER_COOKIE = 16;
const VERSION = 1;
/** A whole COOKIE option's data. */
export const COOKIE_LENGTH: number = CLIENT_COOKIE + SERVER_COOKIE;
/** RFC 9018 §4.3, seconds: older ones are refused, … */
const OLDEST = 3_600;
/** … nor may one come from the future by more than this, … */
const AHEAD = 300;
/** … and an older one than this is renewed. */
const RENEW = 1_800;

export class ServerCookies {
  /** After `check`: what is to be sent back. */
  readonly cookie = new Uint8Array(COOKIE_LENGTH);
  readonly #input = new Uint8Array(CLIENT_COOKIE + 8 + 16);
  #current: SipHash;
  /** The secret before the last rotation: its cookies hold as long as they are young enough. */
  #previous: SipHash | null = null;

  /** `secret`: 16 bytes, the same on all servers of an address (RFC 9018 §5); by default random ones. */
  constructor(secret: Uint8Array = randomBytes(16)) {
    this.#current = new SipHash(secret);
  }

  /** From now on cookies are made with another secret. */
  rotate(secret: Uint8Array = randomBytes(16)): void {
    this.#previous = this.#current;
    this.#current = new SipHash(secret);
  }

  /**
   * Whether bytes [start, start + length) are a client's cookie with one of ours behind it, made for this address.
   * `now`: seconds since the epoch. One hash, two when the cookie is bad, old or of the secret before.
   */
  check(packet: Uint8Array, start: number, length: number, address: ClientAddress, now: number): boolean {
    const { cookie } = this;
    const input = this.#input;
    for (let index = 0; index < CLIENT_COOKIE; index++) input[index] = cookie[index] = packet[start + index]!;
    const end = CLIENT_COOKIE + 8 + address.length;
    for (let index = 0; index < address.length; index++) input[CLIENT_COOKIE + 8 + index] = address.bytes[index]!;
    let valid = false;
    if (length === COOKIE_LENGTH && packet[start + CLIENT_COOKIE] === VERSION) {
      // RFC 9018 §4.2: whatever the reserved bytes are, they are hashed.
      for (let index = 0; index < 8; index++) input[CLIENT_COOKIE + index] = packet[start + CLIENT_COOKIE + index]!;
      const at = start + CLIENT_COOKIE + 4;
      const time = (packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!;
      // RFC 1982: the difference holds beyond 2106 too.
      const age = ((now | 0) - time) | 0;
      if (age <= OLDEST && age >= -AHEAD) {
        valid = this.#matches(this.#current, end, packet, at + 4);
        if (valid && age < RENEW) {
          for (let index = CLIENT_COOKIE; index < COOKIE_LENGTH; index++) cookie[index] = packet[start + index]!;
          return true;
        }
        if (!valid && this.#previous !== null) valid = this.#matches(this.#previous, end, packet, at + 4);
      }
    }
    this.#make(end, now);
    return valid;
  }

  #matches(hash: SipHash, end: number, packet: Uint8Array, at: number): boolean {
    hash.hash(this.#input, end);
    let difference = 0;
    // Without an early end: how far a guess was right is nobody's to know.
    for (let index = 0; index < 8; index++) difference |= packet[at + index]! ^ hashByte(hash, index);
    return difference === 0;
  }

  #make(end: number, now: number): void {
    const input = this.#input;
    input[CLIENT_COOKIE] = VERSION;
    for (let index = 1; index < 4; index++) input[CLIENT_COOKIE + index] = 0;
    for (let index = 0; index < 4; index++) input[CLIENT_COOKIE + 4 + index] = now >>> (24 - index * 8);
    this.#current.hash(input, end);
    for (let index = CLIENT_COOKIE; index < CLIENT_COOKIE + 8; index++) this.cookie[index] = input[index]!;
    for (let index = 0; index < 8; index++) this.cookie[CLIENT_COOKIE + 8 + index] = hashByte(this.#current, index);
  }
}

function hashByte(hash: SipHash, index: number): number {
  return ((index < 4 ? hash.low : hash.high) >>> ((index & 3) * 8)) & 0xff;
}
