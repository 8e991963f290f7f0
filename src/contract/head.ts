import { BodyLength } from "./body-length.ts";
import type { Method } from "./method.ts";
import { Protocol } from "./protocol.ts";

/**
 * Message heads as they lie in the bytes that came.
 *
 * A head is a buffer with a start line and field lines, a table of offsets into it and the facts that stages ask for.
 * Nothing is copied or turned into a string until a stage asks (DESIGN: bytes pass untouched). The HTTP/1.1 parser finds
 * the lines in what came; protocols that decode their fields (HTTP/2 and 3) write them as lines into a buffer of their
 * own. Either fills one shared instance per direction, which holds until the next head; whoever needs it longer takes a
 * `clone()`. How a message is framed and whether its connection goes on is no part of it: each protocol keeps that.
 */

/** Numbers per field in `Head.offsets`. */
export const FIELD_STRIDE = 6;
export const NAME_START = 0;
export const NAME_END = 1;
export const VALUE_START = 2;
export const VALUE_END = 3;
/** `FieldId` of the field, 0 for one the edge does not know. */
export const FIELD_ID = 4;
/** 1: the field goes on to the next hop; 0: it is this hop's, or the edge writes it itself. */
export const FIELD_FORWARDED = 5;

/** Upper bound of `limits.fields`: sizes the shared tables. */
export const MAX_FIELDS = 1000;

export const TargetForm = { origin: 0, absolute: 1, authority: 2, asterisk: 3 } as const;
export type TargetForm = (typeof TargetForm)[keyof typeof TargetForm];

/** What request and response heads have in common. */
export abstract class Head {
  bytes: Buffer = Buffer.alloc(0);
  /** First byte of the start line. */
  start = 0;
  /** One past the empty line that ends the head. */
  end = 0;
  protocol: Protocol = Protocol.http11;
  /** As Via names it (RFC 9110 §7.6.3: received-protocol): "1.1", "2" …; also a minor version that is handled as 1.1. */
  receivedProtocol = "1.1";

  /** `FIELD_STRIDE` numbers per field, in the order received. Its length grows with demand up to `MAX_FIELDS`. */
  offsets: Int32Array = new Int32Array(FIELD_STRIDE * 128);
  fieldCount = 0;

  /**
   * Pairs [start, end) of raw bytes that go on to the next hop: the lines of the fields whose `FIELD_FORWARDED` is 1,
   * with their CRLF; less are the hop-by-hop ones (RFC 9110 §7.6.1), those that `Connection` names, and those that the
   * edge writes itself. The start line and the empty line are not part of any run.
   */
  runs: Int32Array = new Int32Array(2 * 132);
  /** Numbers used in `runs` (two per run). */
  runLength = 0;

  /** Value of Content-Length, -1 when absent. */
  contentLength = -1;
  /**
   * Where the protocols stand that the request asks to switch to (RFC 9110 §7.8: Upgrade, if it is in force;
   * RFC 8441 §4: `:protocol`), or that the response names. Empty: none.
   */
  upgradeStart = 0;
  upgradeEnd = 0;
  /** There is a Date field (a proxy adds one when it is absent from a response, RFC 9110 §6.6.1). */
  hasDate = false;

  /** An upgrade is asked for, or answered. */
  get upgrade(): boolean {
    return this.upgradeEnd > this.upgradeStart;
  }

  /** The protocols of the upgrade, as they were written; the empty string when there is none. */
  upgradeProtocols(): string {
    return this.bytes.latin1Slice(this.upgradeStart, this.upgradeEnd);
  }

  /** Offset (a multiple of `FIELD_STRIDE`) of the first field with this id at or after `from`, or -1. */
  find(id: number, from = 0): number {
    const offsets = this.offsets;
    const end = this.fieldCount * FIELD_STRIDE;
    for (let at = from; at < end; at += FIELD_STRIDE) {
      if (offsets[at + FIELD_ID] === id) return at;
    }
    return -1;
  }

  /** The value at a field offset as a string, each byte one code unit (RFC 9110 §5.5: obs-text is opaque). */
  value(at: number): string {
    return this.bytes.latin1Slice(this.offsets[at + VALUE_START]!, this.offsets[at + VALUE_END]!);
  }

  /** The name at a field offset, as it was written. */
  name(at: number): string {
    return this.bytes.latin1Slice(this.offsets[at + NAME_START]!, this.offsets[at + NAME_END]!);
  }

  /** The combined value of every field with this name (RFC 9110 §5.3: joined by ", "), or undefined. Case-insensitive. */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    let combined: string | undefined;
    const end = this.fieldCount * FIELD_STRIDE;
    for (let at = 0; at < end; at += FIELD_STRIDE) {
      const length = this.offsets[at + NAME_END]! - this.offsets[at + NAME_START]!;
      if (length !== wanted.length || this.name(at).toLowerCase() !== wanted) continue;
      combined = combined === undefined ? this.value(at) : `${combined}, ${this.value(at)}`;
    }
    return combined;
  }

  /** Every field as [name, value], in order, duplicates kept. */
  entries(): Array<[string, string]> {
    const list: Array<[string, string]> = [];
    const end = this.fieldCount * FIELD_STRIDE;
    for (let at = 0; at < end; at += FIELD_STRIDE) list.push([this.name(at), this.value(at)]);
    return list;
  }

  protected copyInto(copy: Head): void {
    Object.assign(copy, this);
    // The head's own bytes alone: the buffer may hold megabytes of body behind it.
    copy.bytes = Buffer.from(this.bytes.subarray(0, this.end));
    copy.offsets = this.offsets.slice(0, this.fieldCount * FIELD_STRIDE);
    copy.runs = this.runs.slice(0, this.runLength);
  }
}

export class RequestHead extends Head {
  bodyLength: BodyLength = BodyLength.none;
  method: Method = 0;
  methodStart = 0;
  methodEnd = 0;
  form: TargetForm = TargetForm.origin;
  /** The request target as received. */
  targetStart = 0;
  targetEnd = 0;
  /** The path as received within the target; `pathEnd` is the `?` or the target's end. Empty for `http://host`. */
  pathStart = 0;
  pathEnd = 0;
  /**
   * The path is in its normal form and holds no percent-escape, so it can be matched as it lies. When false,
   * `normalized` holds that form.
   */
  plainPath = true;
  /** The normal form of the path when `plainPath` is false; see `http/target.ts`. */
  normalized: Buffer | null = null;
  /** The normal form is not what came: it is what goes on, so that the next hop reads the path that was matched. */
  pathChanged = false;
  /** What routes compare where it is not the normal form: escapes decoded that an origin may decode. */
  matchedPath: Buffer | null = null;

  /** Authority that the request is for: of the absolute-form target, else of Host. With port. Empty range: none. */
  authorityStart = 0;
  authorityEnd = 0;
  /** One past the host within the authority (before `:port`). */
  hostEnd = 0;
  /** Offset of the Host field in `offsets`, -1 when absent (HTTP/1.0). */
  hostField = -1;

  expectContinue = false;
  /** Authorization has a scheme that authenticates the connection (NTLM, Negotiate). */
  bindsConnection = false;
  /** Offset of the first X-Forwarded-For field, -1 when absent. */
  forwardedForField = -1;
  /** Offset of traceparent, -1 when absent. */
  traceparentField = -1;
  /** Offset of Roundtrip-Explain (the token that authorises an explanation), -1 when absent. */
  explainField = -1;
  /** At least one field came that only a trusted peer may send: any X-Forwarded-*, X-Real-IP, Forwarded. */
  hasForwarding = false;

  clone(): RequestHead {
    const copy = new RequestHead();
    this.copyInto(copy);
    if (this.normalized !== null) copy.normalized = Buffer.from(this.normalized);
    if (this.matchedPath !== null) copy.matchedPath = Buffer.from(this.matchedPath);
    return copy;
  }

  methodName(): string {
    return this.bytes.latin1Slice(this.methodStart, this.methodEnd);
  }

  target(): string {
    return this.bytes.latin1Slice(this.targetStart, this.targetEnd);
  }

  /** The path in its normal form, as it goes on. */
  path(): string {
    if (this.normalized !== null && !this.plainPath) return this.normalized.latin1Slice();
    return this.pathEnd > this.pathStart ? this.bytes.latin1Slice(this.pathStart, this.pathEnd) : "/";
  }

  /** The query without its `?`, or the empty string. */
  query(): string {
    return this.pathEnd < this.targetEnd ? this.bytes.latin1Slice(this.pathEnd + 1, this.targetEnd) : "";
  }

  /** Host without port, as it was written. */
  host(): string {
    return this.bytes.latin1Slice(this.authorityStart, this.hostEnd);
  }

  /** Host with port, as it was written. */
  authority(): string {
    return this.bytes.latin1Slice(this.authorityStart, this.authorityEnd);
  }
}

export class ResponseHead extends Head {
  status = 0;
  /** Offset of Server-Timing, -1 when absent. */
  serverTimingField = -1;

  clone(): ResponseHead {
    const copy = new ResponseHead();
    this.copyInto(copy);
    return copy;
  }
}
