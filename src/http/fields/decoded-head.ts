import { BodyLength } from "../../contract/body-length.ts";
import { FieldId } from "../../contract/field-id.ts";
import { RequestHead, ResponseHead, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { Protocol } from "../../contract/protocol.ts";
import {
  CONTENT_LENGTH_INVALID,
  HEAD_TOO_LARGE,
  HOST_INVALID,
  HOST_REPEATED,
  METHOD_INVALID,
  REQUEST_LINE_MALFORMED,
  TARGET_INVALID,
  TARGET_TOO_LONG,
  VERSION_MALFORMED,
} from "../fault-numbers.ts";
import { DEFAULT_PATH_RULES, type HeadLimits } from "../head-limits.ts";
import { hostEndOf, pathStop, placeTarget, TARGET, MAX_METHOD, methodOf } from "../control-data.ts";
import { refuseResponse } from "../response-fault.ts";
import { reasonPhrase } from "../status.ts";
import { LOWER_BIT, QUESTION, SP, TCHAR } from "./characters.ts";
import { DecodedFields } from "./decoded-fields.ts";
import { hop } from "./hop-fields.ts";
import {
  DROPPED_FROM_REQUEST,
  placeHost,
  readRequestFields,
  DROPPED_FROM_RESPONSE,
  readResponseFields,
} from "./known-fields.ts";
import { isToken, token } from "./field-name.ts";

/**
 * Heads whose fields came decoded, as HTTP/2 and 3 bring them (RFC 9113 §8.3, RFC 9114 §4.3): written as the canonical
 * HTTP/1.1 head that says the same, with the same table beside it. So routes, policies, caches and HTTP/1.1 upstreams
 * see no difference. The order of calls is `begin`, `field` for each, `end`; a negative answer is a fault.
 */

/** Indexed by `Protocol`, as Via names it (RFC 9110 §7.6.3). */
const RECEIVED: readonly string[] = ["1.0", "1.1", "2", "3"];
/** What a request line ends with, so that records and logs name the version. */
const LINE_ENDS: readonly Buffer[] = ["1.0", "1.1", "2.0", "3.0"].map((version) => Buffer.from(` HTTP/${version}\r\n`));
const HOST = Buffer.from("host");
const UPGRADE = Buffer.from("upgrade");
const GET = Buffer.from("GET");
const HTTP = token("http");
const HTTPS = token("https");
const WEBSOCKET = token("websocket");

/** The pseudo-fields of a request, each as it came; null: it did not. */
export interface PseudoFields {
  readonly method: Buffer | null;
  readonly scheme: Buffer | null;
  readonly authority: Buffer | null;
  readonly path: Buffer | null;
  /** RFC 8441 §4. */
  readonly protocol: Buffer | null;
}

export class DecodedRequest extends DecodedFields<RequestHead> {
  #authority: Buffer | null = null;

  constructor() {
    super(new RequestHead());
  }

  /** @returns 0, or a negative fault. */
  begin(protocol: Protocol, pseudo: PseudoFields, limits: HeadLimits): number {
    const { head } = this;
    this.reset(limits, DROPPED_FROM_REQUEST, true);
    head.protocol = protocol;
    head.receivedProtocol = RECEIVED[protocol]!;
    this.#authority = pseudo.authority;
    const { method, authority } = pseudo;
    if (method === null) return REQUEST_LINE_MALFORMED;
    const connect = methodOf(method, 0, method.length) === Method.CONNECT;
    // RFC 8441 §4: CONNECT with a protocol has the form of any request. It goes on as the upgrade it stands for (§5).
    const extended = pseudo.protocol !== null;
    if (extended && (!connect || !isToken(pseudo.protocol, 0, pseudo.protocol.length, WEBSOCKET)))
      return METHOD_INVALID;
    const fault =
      connect && !extended ? this.#connectLine(method, pseudo) : this.#requestLine(extended ? GET : method, pseudo);
    if (fault < 0) return fault;
    if (authority !== null && authority.length > 0) {
      if (hostEndOf(authority, 0, authority.length) < 0) return HOST_INVALID;
      const result = this.line(HOST, authority, 0, authority.length, FieldId.host, false);
      if (result < 0) return result;
    }
    if (!extended) return 0;
    return this.line(UPGRADE, pseudo.protocol, 0, pseudo.protocol.length, FieldId.upgrade, false);
  }

  override field(name: Buffer, value: Buffer, start = 0, end: number = value.length): number {
    if (this.#authority !== null && this.#authority.length > 0 && name.equals(HOST)) {
      // RFC 9113 §8.3.1, RFC 9114 §4.3.1: beside `:authority` it may only say the same.
      return sameHost(this.#authority, value, start, end) ? 0 : HOST_REPEATED;
    }
    return super.field(name, value, start, end);
  }

  /** @param ended no body follows. @returns 0, or a negative fault. */
  end(ended: boolean): number {
    const { head } = this;
    if (!this.finish()) return HEAD_TOO_LARGE;
    const { bytes } = head;
    const fault = readRequestFields(bytes, head);
    if (fault < 0) return fault;
    const hostFault = placeHost(bytes, head, true);
    if (hostFault < 0) return hostFault;
    const { contentLength } = head;
    // RFC 9113 §8.1.1: a length that the frames contradict.
    if (ended && contentLength > 0) return CONTENT_LENGTH_INVALID;
    if (contentLength >= 0) head.bodyLength = contentLength;
    else head.bodyLength = ended ? BodyLength.none : BodyLength.unknown;
    const { upgradeField } = hop;
    head.upgradeStart = upgradeField < 0 ? 0 : head.offsets[upgradeField + VALUE_START]!;
    head.upgradeEnd = upgradeField < 0 ? 0 : head.offsets[upgradeField + VALUE_END]!;
    return 0;
  }

  #requestLine(method: Buffer, pseudo: PseudoFields): number {
    const { scheme, path } = pseudo;
    if (scheme === null || path === null || path.length === 0) return REQUEST_LINE_MALFORMED;
    if (!isToken(scheme, 0, scheme.length, HTTP) && !isToken(scheme, 0, scheme.length, HTTPS)) return TARGET_INVALID;
    // A target that does not begin with "/" would be read in another form: only `*` has one (RFC 9113 §8.3.1).
    if (path[0] !== 0x2f && !(path.length === 1 && path[0] === 0x2a)) return TARGET_INVALID;
    return this.#line(method, path);
  }

  #connectLine(method: Buffer, pseudo: PseudoFields): number {
    const { authority, scheme, path } = pseudo;
    // RFC 9113 §8.5.
    if (authority === null || scheme !== null || path !== null) return REQUEST_LINE_MALFORMED;
    return this.#line(method, authority);
  }

  #line(method: Buffer, target: Buffer): number {
    const { head } = this;
    const ending = LINE_ENDS[head.protocol]!;
    if (method.length === 0 || method.length > MAX_METHOD) return METHOD_INVALID;
    for (let i = 0; i < method.length; i++) if (TCHAR[method[i]!] === 0) return METHOD_INVALID;
    const size = method.length + 1 + target.length + ending.length;
    if (size - 2 > this.limits.requestLine) return TARGET_TOO_LONG;
    if (!this.reserve(size)) return HEAD_TOO_LARGE;
    const { bytes } = this;
    let at = method.copy(bytes);
    head.methodStart = 0;
    head.methodEnd = at;
    head.method = methodOf(bytes, 0, at);
    bytes[at++] = SP;
    head.targetStart = at;
    at += target.copy(bytes, at);
    head.targetEnd = at;
    this.length = at + ending.copy(bytes, at);
    const path = pathStop(bytes, head.targetStart, at);
    let i = path < 0 ? ~path : path;
    head.pathEnd = i;
    if (i < at && bytes[i] !== QUESTION) return TARGET_INVALID;
    while (i < at && TARGET[bytes[i]!] !== 0) i++;
    if (i < at) return TARGET_INVALID;
    head.bytes = bytes;
    return placeTarget(bytes, head, path >= 0, this.limits.path ?? DEFAULT_PATH_RULES);
  }
}

/** The same host and port; a host is the same in any case (RFC 9110 §4.2.3). */
function sameHost(authority: Buffer, value: Buffer, start: number, end: number): boolean {
  if (end - start !== authority.length) return false;
  for (let i = 0; i < authority.length; i++) {
    const a = authority[i]!;
    const b = value[start + i]!;
    const letter = (a | LOWER_BIT) >= 0x61 && (a | LOWER_BIT) <= 0x7a;
    if (a !== b && !(letter && (a | LOWER_BIT) === (b | LOWER_BIT))) return false;
  }
  return true;
}

/** A response's; what is refused is `response-malformed` or `response-too-large`, and `responseFaultCause` says why. */
export class DecodedResponse extends DecodedFields<ResponseHead> {
  constructor() {
    super(new ResponseHead());
  }

  /** @param status 100 to 999. @returns 0, or a negative fault. */
  begin(protocol: Protocol, status: number, limits: HeadLimits): number {
    const { head } = this;
    this.reset(limits, DROPPED_FROM_RESPONSE, protocol >= Protocol.http2);
    head.protocol = protocol;
    head.receivedProtocol = RECEIVED[protocol]!;
    head.status = status;
    if (!Number.isInteger(status) || status < 100 || status > 999) return refuseResponse(VERSION_MALFORMED);
    const line = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
    if (!this.reserve(line.length)) return refuseResponse(HEAD_TOO_LARGE);
    this.length = this.bytes.latin1Write(line, 0);
    return 0;
  }

  override field(name: Buffer, value: Buffer, start = 0, end: number = value.length): number {
    const fault = super.field(name, value, start, end);
    return fault < 0 ? refuseResponse(fault) : 0;
  }

  /** @returns 0, or a negative fault. */
  end(): number {
    if (!this.finish()) return refuseResponse(HEAD_TOO_LARGE);
    const { head } = this;
    const fault = readResponseFields(head.bytes, head);
    if (fault < 0) return refuseResponse(fault);
    head.upgradeStart = head.upgradeEnd = 0;
    return 0;
  }
}
