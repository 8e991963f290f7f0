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
import { type AnswerSource, Found } from "./answer-source.ts";

import { type ChaosNames, chaosAnswer } from "./chaos-answer.ts";
import { ClientAddress } from "./client-address.ts";
import { isMalformedSubnet } from "./client-subnet.ts";
import { type CompiledAnswer, kindOfCompiled } from "./compiled-answer.ts";
import { DeferredAnswers } from "./deferred-answers.ts";
import type { DnsClient } from "./dns-client.ts";
import { ExtendedError, MAX_NSID } from "./edns-options.ts";
import type { MessageHandler } from "./message-handler.ts";
import { PacketWriter, UDP_SIZE } from "./packet-writer.ts";
import { Counter, ResponderStatistics, TRANSPORTS } from "./responder-statistics.ts";
import { AnswerKind, type ResponseRateLimiter, Verdict } from "./response-rate-limiter.ts";
import { COOKIE_LENGTH, type ServerCookies } from "./server-cookies.ts";
import { ZoneAnswers } from "./zone-answers.ts";
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
  /** Who is asked, in this order, for what lies in none of the zones. */
  readonly sources?: readonly AnswerSource[];
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
  readonly #sources: readonly AnswerSource[];
  /** By the source's place in `#sources`. */
  readonly #deferred: readonly DeferredAnswers[];
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
    this.#options = options;
    this.#sources = [new ZoneAnswers(zones), ...(options.sources ?? [])];
    this.#deferred = this.#sources.map(
      (source) =>
        new DeferredAnswers(source, (message, answer, out, limit, client) =>
          this.#complete(message, answer, out, limit, client),
        ),
    );
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
    this.#begin(start, out, at, limit, client);
    statistics.query(this.#transport, query.type);
    if (this.#transport === UDP) this.#recent++;
    if (query.hasOptions) this.#readOptions();
    return code === ResponseCode.NOERROR ? this.#decide() : this.#refuse(code, 0);
  }

  #begin(start: number, out: Uint8Array, at: number, limit: number, client: DnsClient): void {
    const { query } = this;
    const transport = transportNumber(client);
    this.#transport = transport;
    this.#client = client;
    this.#proven = transport !== UDP;
    const most = transport === UDP ? Math.min(limit, query.edns ? query.udpSize : PLAIN_UDP, UDP_SIZE) : limit;
    this.#writer.begin(start, out, at, most);
  }

  /** The end of a message that was handed over for its answer. What it was counted as stands already. */
  #complete(
    message: Uint8Array,
    answer: CompiledAnswer | null,
    out: Uint8Array,
    limit: number,
    client: DnsClient,
  ): number {
    const { query } = this;
    query.read(message, 0, message.length);
    this.#begin(0, out, 0, limit, client);
    if (query.hasOptions) this.#readOptions();
    if (answer === null) return this.#refuse(ResponseCode.SERVFAIL, 0);
    const verdict = this.#limiter === null || this.#proven ? Verdict.SEND : this.#judge(kindOfCompiled(answer), 0);
    if (verdict !== Verdict.SEND) return this.#limited(verdict, answer.responseCode);
    return this.#send(answer.responseCode, this.#writer.compiled(answer));
  }

  #decide(): number {
    const { query } = this;
    if (this.#handlers.length > 0 && !isPlain(query) && this.#handOver()) return HANDED_OVER;
    if (query.opcode !== Opcode.QUERY) return this.#refuse(ResponseCode.NOTIMP, ExtendedError.NOT_SUPPORTED);
    if (this.#cookiesRequired && !this.#proven) {
      if (query.cookieLength >= 0) return this.#demandCookie();
      if (this.#cookieLimit === 0) return this.#truncate(ResponseCode.NOERROR);
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
    return this.#answer();
  }

  /** Asks one source after the other. */
  #answer(): number {
    const { query } = this;
    const sources = this.#sources;
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index]!;
      const found = source.find(query, this.#client!, this.now);
      if (found === Found.ANSWER) return this.#give(source);
      if (found === Found.NOT_MINE) continue;
      if (found === Found.FAILED) return this.#refuse(ResponseCode.SERVFAIL, source.extendedError);
      this.handler = found === Found.LATER ? this.#deferred[index]! : null;
      return HANDED_OVER;
    }
    return this.#refuse(ResponseCode.REFUSED, ExtendedError.NOT_AUTHORITATIVE);
  }

  #give(source: AnswerSource): number {
    const { query } = this;
    const { answer } = source;
    if (query.edns) this.#tell(source);
    if (this.#limiter !== null && !this.#proven) {
      const verdict = this.#judge(source.kind(query), source.apexLabel);
      if (verdict !== Verdict.SEND)
        return this.#limited(verdict, answer === null ? ResponseCode.NOERROR : answer.responseCode);
    }
    if (answer === null) return this.#send(ResponseCode.NOERROR, this.#writer.set(source.zone!));
    return this.#send(answer.responseCode, this.#writer.compiled(answer));
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
  #tell({ extendedError, subnetScope }: AnswerSource): void {
    const { query } = this;
    const { options } = this.#writer;
    if (extendedError !== 0) options.addWord(EdnsOption.ERROR, extendedError);
    if (subnetScope < 0 || query.subnetLength < 0) return;
    // RFC 7871 §7.2.1: as it came, but for the scope.
    options.add(EdnsOption.CLIENT_SUBNET, query.packet, query.subnetStart, query.subnetLength);
    options.bytes[options.length - query.subnetLength + SCOPE] = subnetScope;
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

  #truncate(code: number): number {
    return this.#send(code, this.#writer.empty(code, Flag.TC));
  }

  /** `error`: an extended one (RFC 8914), 0 = none. */
  #refuse(code: number, error: number): number {
    if (this.#limiter !== null && !this.#proven) {
      const verdict = this.#judge(AnswerKind.ERROR, 0);
      if (verdict !== Verdict.SEND) return this.#limited(verdict, code);
    }
    const { options } = this.#writer;
    if (error !== 0) options.addWord(EdnsOption.ERROR, error);
    return this.#send(code, this.#writer.empty(code, 0));
  }

  /** `apexLabel`: which label of the query begins what stands for all names in it. Only with a limiter. */
  #judge(kind: number, apexLabel: number): number {
    const { query } = this;
    const { address } = this.#client!;
    this.#address.read(address);
    let name = 0;
    // Where a client could go on with ever new names, the zone stands for all of them.
    if (kind === AnswerKind.POSITIVE) name = query.suffixHash[0]!;
    else if (kind !== AnswerKind.ERROR) name = query.suffixHash[apexLabel]!;
    return this.#limiter!.judge(this.#address, address, kind, name, this.now);
  }

  /** `code`: of the answer that is not sent. */
  #limited(verdict: number, code: number): number {
    if (verdict === Verdict.DROP) {
      this.statistics.count(Counter.rateDropped);
      return 0;
    }
    this.statistics.count(Counter.rateSlipped);
    return this.#truncate(code);
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
