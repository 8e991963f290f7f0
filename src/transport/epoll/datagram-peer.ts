import type { DatagramPeer } from "../../contract/datagram.ts";
import { AF_INET6, IPPROTO_IP } from "../libc.ts";
import { encodeSocketAddress } from "../socket-address.ts";
import { AddressTexts } from "./address-texts.ts";
import { RECORD_CONTROL, RECORD_CONTROL_LENGTH, RECORD_NAME_LENGTH, RECORD_WORDS } from "./message-batch.ts";

const texts = new AddressTexts();

/** Data of a control message, behind its header (cmsg(3)). */
const DATA = RECORD_CONTROL + 4;
const LEVEL = RECORD_CONTROL + 2;

/** The record of a datagram, read as who it came from. */
export class EpollPeer implements DatagramPeer {
  readonly records: Uint32Array;
  /** Where in them its record begins, in words. */
  at = 0;

  constructor(records: Uint32Array) {
    this.records = records;
  }

  get address(): string {
    return texts.text(this.records, this.at);
  }

  get port(): number {
    const word = this.records[this.at]!;
    return ((word >>> 8) & 0xff00) | (word >>> 24);
  }

  keep(): EpollPeer {
    return new EpollPeer(this.records.slice(this.at, this.at + RECORD_WORDS));
  }
}

/** Null when `host` is not an address. `family`: that of the socket. */
export function peerAt(host: string, port: number, family: number): EpollPeer | null {
  let address = encodeSocketAddress(host, port);
  // RFC 4291 §2.5.5.2.
  if (family === AF_INET6 && address?.[0] !== AF_INET6) address = encodeSocketAddress(`::ffff:${host}`, port);
  if (address === null || address[0] !== family) return null;
  const records = new Uint32Array(RECORD_WORDS);
  new Uint8Array(records.buffer).set(address);
  records[RECORD_NAME_LENGTH] = address.length;
  return new EpollPeer(records);
}

/**
 * Makes of where a datagram arrived (`IP_PKTINFO`, `IPV6_PKTINFO`: ip(7), ipv6(7)) where its answer leaves from: the
 * address alone, since the way back is routing's. A link-local address means nothing without its interface; from a
 * group's address nothing can be sent.
 */
export function answerFrom(records: Uint32Array, at: number): void {
  const length = records[at + RECORD_CONTROL_LENGTH]!;
  if (length === 0) return;
  const data = at + DATA;
  if (records[at + LEVEL] === IPPROTO_IP) {
    records[data] = 0;
    return;
  }
  const first = records[data]!;
  if ((first & 0xff) === 0xff) records[at + RECORD_CONTROL_LENGTH] = 0;
  else if ((first & 0xc0ff) !== 0x80fe) records[data + 4] = 0;
}
