/**
 * From a packet to its answer, without I/O: what UDP, TCP, DoT and DoH share. Everything that a query needs lies in
 * objects that are used again for the next one.
 *
 * Amplification: over UDP nobody gets more than 1,232 bytes, the empty answers (errors, TC) have the size of their query
 * and at most 200 bytes of options, and a network that asks for more than the rate limit gets every second time nothing
 * and every other time an empty answer. A client is only believed to be where it says when its cookie proves it.
 */
import { DnsQuery, DROPPED, EdnsOption, PLAIN_UDP } from "../wire/query.ts";
import { Flag, Opcode, RecordClass, RecordType, ResponseCode } from "../wire/record-type.ts";
import { NO_NODE } from "../zone/name-table.ts";
import type { AuthoritativeZone } from "./authoritative-zone.ts";
import { type ChaosNames, chaosAnswer } from "./chaos-answer.ts";
import { ClientAddress } from "./client-address.ts";
import { isMalformedSubnet } from "./client-subnet.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import type { DnsClient } from "./dns-client.ts";
import { ExtendedError, MAX_NSID } from "./edns-options.ts";
import type { MessageHandler } from "./message-handler.ts";
import { PacketWriter, UDP_SIZE } from "./packet-writer.ts";
import { Counter, ResponderStatistics, TRANSPORTS } from "./responder-statistics.ts";
import { AnswerKind, type ResponseRateLimiter, Verdict } from "./response-rate-limiter.ts";
import { COOKIE_LENGTH, type ServerCookies } from "./server-cookies.ts";
import type { ZoneSet } from "./zone-set.ts";

export { UDP_SIZE };

/** The message is none that is answered at once: `handler` takes it. */
export const HANDED_OVER = -1;

export interface ResponderOptions {
  /** Asked in this order, for all that is not a plain query. */
  readonly handlers?: readonly MessageHandler[];
  /** Cookies are neither checked nor made without. */
  readonly cookies?: ServerCookies;
  /**
   * UDP queries a second from which on a client that knows cookies must send a valid one (BADCOOKIE). 0: always, and a
   * client that sends none at all is sent to TCP. Infinity, the default: never.
   */
  readonly cookiesRequiredAbove?: number;
  readonly rateLimiter?: ResponseRateLimiter;
  /** RFC 5001: what tells this server from others with the same address, 128 bytes at most. */
  readonly nsid?: Uint8Array;
  /** Texts for `version.bind` and `id.server` (RFC 4892); refused without. */
  readonly chaos?: ChaosNames;
  /** How long a connection may idle, seconds (RFC 7828); told to those who ask. */
  readonly idleTimeout?: number;
  readonly statistics?: ResponderStatistics;
  /** Zones that are not usable here, but are in another thread: a query about them is handed over without a handler. */
  readonly elsewhere?: ReadonlySet<AuthoritativeZone>;
}

/** A type that says in a bitmap that the name does not exist (RFC 9824 §2). */
const NXNAME = 128;
/** Place of the scope in a client subnet option (RFC 7871 §6). */
const SCOPE = 3;

const UDP = TRANSPORTS.indexOf("udp");
const TCP = TRANSPORTS.indexOf("tcp");
const TLS = TRANSPORTS.indexOf("tls");

export class Responder {
  readonly query = new DnsQuery();
  readonly statistics: ResponderStatistics;
  /** Milliseconds since the epoch, coarse: whoever owns the responder moves it by `tick`. */
  now: number = Date.now();
  /** Who takes the message, after `HANDED_OVER`. */
  handler: MessageHandler | null = null;
  readonly #zones: ZoneSet;
  readonly #options: ResponderOptions;
  readonly #handlers: readonly MessageHandler[];
  readonly #limiter: ResponseRateLimiter | null;
  readonly #writer: PacketWriter;
  readonly #address = new ClientAddress();
  readonly #cookieLimit: number;
  /** UDP queries since the last tick, and how many would make `cookiesRequiredAbove`. */
  #recent = 0;
  #cookiesRequired: boolean;
  /** Of the query at hand. */
  #transport = 0;
  #proven = false;
  #client: DnsClient | null = null;

  /** @throws RangeError when the NSID is too long. */
  constructor(zones: ZoneSet, options: ResponderOptions = {}) {
    if ((options.nsid?.length ?? 0) > MAX_NSID) throw new RangeError(`an NSID has ${MAX_NSID} bytes at most`);
    this.#zones = zones;
    this.#options = options;
    this.#handlers = options.handlers ?? [];
    this.#limiter = options.rateLimiter ?? null;
    this.#writer = new PacketWriter(this.query);
    this.#cookieLimit = options.cookiesRequiredAbove ?? Infinity;
    this.#cookiesRequired = this.#cookieLimit === 0;
    this.statistics = options.statistics ?? new ResponderStatistics();
  }

  /** Moves the clock; to be called about ten times a second. `now`: milliseconds since the epoch. */
  tick(now: number): void {
    const elapsed = now - this.now;
    if (elapsed <= 0) return;
    this.#cookiesRequired = this.#cookieLimit === 0 || (this.#recent * 1_000) / elapsed > this.#cookieLimit;
    this.#recent = 0;
    this.now = now;
  }

  /**
   * Answers the packet in bytes [start, end) into `out` at `at`, in at most `limit` bytes (512 or more; over UDP further
   * limited by what the client takes). Answers the length; 0: nothing is to be sent; `HANDED_OVER`: see there. `client`
   * is only used within the call.
   */
  respond(
    bytes: Uint8Array,
    start: number,
    end: number,
    out: Uint8Array,
    at: number,
    limit: number,
    client: DnsClient,
  ): number {
    const { query, statistics } = this;
    const code = query.read(bytes, start, end);
    if (code === DROPPED) {
      statistics.count(Counter.malformed);
      return 0;
    }
    const transport = transportNumber(client);
    this.#transport = transport;
    this.#client = client;
    this.#proven = transport !== UDP;
    let most = limit;
    if (transport === UDP) {
      this.#recent++;
      most = Math.min(limit, query.edns ? query.udpSize : PLAIN_UDP, UDP_SIZE);
    }
    statistics.query(transport, query.type);
    this.#writer.begin(start, out, at, most);
    if (query.hasOptions) this.#readOptions();
    return code === ResponseCode.NOERROR ? this.#decide() : this.#refuse(code, 0);
  }

  #decide(): number {
    const { query } = this;
    if (this.#handlers.length > 0 && !isPlain(query) && this.#handOver()) return HANDED_OVER;
    if (query.opcode !== Opcode.QUERY) return this.#refuse(ResponseCode.NOTIMP, ExtendedError.NOT_SUPPORTED);
    if (this.#cookiesRequired && !this.#proven) {
      if (query.cookieLength >= 0) return this.#demandCookie();
      if (this.#cookieLimit === 0) return this.#truncate();
    }
    if (query.cookieOnly) return this.#send(ResponseCode.NOERROR, this.#writer.empty(ResponseCode.NOERROR, 0));
    if (query.class !== RecordClass.IN) return this.#otherClass();
    // A transfer that no handler took is not for this client.
    if (query.type === RecordType.AXFR || query.type === RecordType.IXFR) {
      return this.#refuse(ResponseCode.REFUSED, ExtendedError.PROHIBITED);
    }
    // RFC 9824 §3.5: it stands in bitmaps only.
    if (query.type === NXNAME) return this.#refuse(ResponseCode.FORMERR, ExtendedError.INVALID_QUERY_TYPE);
    // RFC 7871 §7.1.2.
    if (query.subnetLength >= 0 && isMalformedSubnet(query)) return this.#refuse(ResponseCode.FORMERR, 0);
    const zone = this.#zones.find(query);
    if (zone === null) return this.#refuse(ResponseCode.REFUSED, ExtendedError.NOT_AUTHORITATIVE);
    if (!zone.usable) return this.#unusable(zone);
    const answer = zone.find(query, this.#zones.apexLabel, this.#client!, this.now);
    if (query.edns && zone.dynamic.size > 0) this.#tellSteering(zone);
    if (this.#limiter !== null && !this.#proven) {
      const verdict = this.#judge(this.#limiter, kindOf(query, zone, answer));
      if (verdict !== Verdict.SEND) return this.#limited(verdict);
    }
    if (answer === null) return this.#send(ResponseCode.NOERROR, this.#writer.set(zone));
    return this.#send(answer.responseCode, this.#writer.compiled(answer));
  }

  #unusable(zone: AuthoritativeZone): number {
    if (this.#options.elsewhere?.has(zone) !== true) {
      return this.#refuse(ResponseCode.SERVFAIL, ExtendedError.INVALID_DATA);
    }
    this.handler = null;
    return HANDED_OVER;
  }

  #handOver(): boolean {
    for (const handler of this.#handlers) {
      if (!handler.handles(this.query)) continue;
      this.handler = handler;
      this.statistics.count(Counter.handedOver);
      return true;
    }
    return false;
  }

  /** What an answer that depends on the client has to say of itself. */
  #tellSteering(zone: AuthoritativeZone): void {
    const { query } = this;
    const { options } = this.#writer;
    if (zone.extendedError !== 0) options.addWord(EdnsOption.ERROR, zone.extendedError);
    if (zone.subnetScope < 0 || query.subnetLength < 0) return;
    // RFC 7871 §7.2.1: as it came, but for the scope.
    options.add(EdnsOption.CLIENT_SUBNET, query.packet, query.subnetStart, query.subnetLength);
    options.bytes[options.length - query.subnetLength + SCOPE] = zone.subnetScope;
  }

  /** What the client's options ask for. */
  #readOptions(): void {
    const { query } = this;
    const { options } = this.#writer;
    const { cookies, nsid, idleTimeout } = this.#options;
    if (query.cookieLength >= 0 && cookies !== undefined) {
      this.#address.read(this.#client!.address);
      const now = Math.floor(this.now / 1_000);
      const valid = cookies.check(query.packet, query.cookieStart, query.cookieLength, this.#address, now);
      if (valid) this.#proven = true;
      this.statistics.count(valid ? Counter.cookieValid : Counter.cookieUnproven);
      options.add(EdnsOption.COOKIE, cookies.cookie, 0, COOKIE_LENGTH);
    }
    if (query.wantsNsid && nsid !== undefined) options.add(EdnsOption.NSID, nsid, 0, nsid.length);
    const transport = this.#transport;
    // RFC 7828 §3.2.2: over UDP it is ignored. In units of 100 ms.
    if (query.wantsKeepalive && idleTimeout !== undefined && (transport === TCP || transport === TLS)) {
      options.addWord(EdnsOption.KEEPALIVE, Math.min(idleTimeout * 10, 0xffff));
    }
    // RFC 7830 §6: where everybody can read the message padding hides nothing.
    if (query.wantsPadding && transport >= TLS) options.padded = true;
  }

  #otherClass(): number {
    const { chaos } = this.#options;
    const answer = this.query.class === RecordClass.CH && chaos !== undefined ? chaosAnswer(chaos, this.query) : null;
    if (answer === null) return this.#refuse(ResponseCode.REFUSED, ExtendedError.NOT_SUPPORTED);
    return this.#send(ResponseCode.NOERROR, this.#writer.compiled(answer));
  }

  #demandCookie(): number {
    this.statistics.count(Counter.badCookie);
    return this.#send(ResponseCode.BADCOOKIE, this.#writer.empty(ResponseCode.BADCOOKIE, 0));
  }

  #truncate(): number {
    return this.#send(ResponseCode.NOERROR, this.#writer.empty(ResponseCode.NOERROR, Flag.TC));
  }

  /** `error`: an extended one (RFC 8914), 0 = none. */
  #refuse(code: number, error: number): number {
    if (this.#limiter !== null && !this.#proven) {
      const verdict = this.#judge(this.#limiter, AnswerKind.ERROR);
      if (verdict !== Verdict.SEND) return this.#limited(verdict);
    }
    const { options } = this.#writer;
    if (error !== 0) options.addWord(EdnsOption.ERROR, error);
    return this.#send(code, this.#writer.empty(code, 0));
  }

  #judge(limiter: ResponseRateLimiter, kind: number): number {
    const { query } = this;
    const { address } = this.#client!;
    this.#address.read(address);
    let name = 0;
    // Where a client could go on with ever new names, the zone stands for all of them.
    if (kind === AnswerKind.POSITIVE) name = query.suffixHash[0]!;
    else if (kind !== AnswerKind.ERROR) name = query.suffixHash[this.#zones.apexLabel]!;
    return limiter.judge(this.#address, address, kind, name, this.now);
  }

  #limited(verdict: number): number {
    if (verdict === Verdict.DROP) {
      this.statistics.count(Counter.rateDropped);
      return 0;
    }
    this.statistics.count(Counter.rateSlipped);
    return this.#truncate();
  }

  #send(code: number, length: number): number {
    this.statistics.answer(code);
    if (this.#writer.truncated) this.statistics.count(Counter.truncated);
    return length;
  }
}

function transportNumber(client: DnsClient): number {
  const { transport } = client;
  return transport === "udp" ? UDP : TRANSPORTS.indexOf(transport);
}

/** A query as clients send them, which no handler needs to see. */
function isPlain(query: DnsQuery): boolean {
  if (query.opcode !== Opcode.QUERY || query.tsigStart !== 0) return false;
  return query.type !== RecordType.AXFR && query.type !== RecordType.IXFR;
}

function kindOf(query: DnsQuery, zone: AuthoritativeZone, answer: CompiledAnswer | null): number {
  if (answer === null) return AnswerKind.POSITIVE;
  if (answer.responseCode === ResponseCode.NXDOMAIN) return AnswerKind.NO_SUCH_NAME;
  if (!answer.authoritative) return AnswerKind.REFERRAL;
  if (answer.answers === 0) return AnswerKind.NO_SUCH_TYPE;
  const { names } = zone.data;
  // A name that is not in the zone and has an answer nevertheless has it from a wildcard or a DNAME.
  const known = names.find(query.name, 0, query.nameLength, query.suffixHash[0]!) !== NO_NODE;
  return known ? AnswerKind.POSITIVE : AnswerKind.WILDCARD;
}
