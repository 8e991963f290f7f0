import { FieldId } from "../../contract/field-id.ts";
import { FieldLines } from "../../contract/field-lines.ts";
import { FIELD_STRIDE, Head } from "../../contract/head.ts";
import { HEAD_TOO_LARGE } from "../fault-numbers.ts";
import { DecodedFields } from "./decoded-fields.ts";
import { BY_NAME, DROPPED, gatherRuns, withhold } from "./field-table.ts";

/** Which fields may come as trailers, in every version of HTTP. */

/** RFC 9110 §6.5.1: fields for framing, routing, modifiers, authentication and content form have no place here. */
export const NO_TRAILER: Uint8Array = new Uint8Array(256);
for (const id of Object.values(FieldId)) NO_TRAILER[id] = id === FieldId.other ? BY_NAME : DROPPED;
// Of the known ones these are defined to come late too (RFC 9110 §8.8.3, Server Timing §2, RFC 9209 §2).
for (const id of [FieldId.etag, FieldId.serverTiming, FieldId.proxyStatus]) NO_TRAILER[id] = 0;

/** Of the fields without a number, those of the same kinds. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-language",
  "content-location",
  "content-range",
  "if-match",
  "if-unmodified-since",
  "max-forwards",
  "pragma",
  "proxy-authentication-info",
  "retry-after",
  "www-authenticate",
]);

/** The lines of a trailer section, read like a head's. */
export class TrailerSection extends Head {}

/** The lines that go on, in memory of their own; null when there are none. Needs the section's table and its `end`. */
export function keptTrailers(section: TrailerSection): FieldLines | null {
  for (let at = 0; at < section.fieldCount * FIELD_STRIDE; at += FIELD_STRIDE) {
    if (FORBIDDEN.has(section.name(at).toLowerCase())) withhold(section, at);
  }
  gatherRuns(section);
  const kept: Buffer[] = [];
  for (let k = 0; k < section.runLength; k += 2)
    kept.push(section.bytes.subarray(section.runs[k]!, section.runs[k + 1]!));
  return kept.length === 0 ? null : new FieldLines(Buffer.concat(kept));
}

/** A trailer section that came decoded (RFC 9113 §8.1, RFC 9114 §4.1). `begin`, `field` for each, `end`. */
export class DecodedTrailers extends DecodedFields<TrailerSection> {
  /** The lines that go on, after `end`. */
  lines: FieldLines | null = null;

  constructor() {
    super(new TrailerSection());
  }

  /** @param limit bytes of the section at most, as HTTP/1.1 would write it. */
  begin(limit: number): void {
    this.lines = null;
    this.reset({ requestLine: limit, field: limit, fields: limit, head: limit }, NO_TRAILER, true);
  }

  /** @returns 0, or a negative fault. */
  end(): number {
    if (!this.finish()) return HEAD_TOO_LARGE;
    this.lines = keptTrailers(this.head);
    return 0;
  }
}
