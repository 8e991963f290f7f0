import { type FieldId, FieldId as Id } from "../../contract/field-id.ts";
import { FIELD_STRIDE, VALUE_END, VALUE_START, type Head } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import { COMMA, HTAB, SP } from "../fields/characters.ts";
import { fieldId, isToken, token } from "../fields/field-name.ts";
import { gatherRuns, withhold } from "../fields/field-table.ts";
import { hop } from "../fields/hop-fields.ts";
import { facts } from "./message-facts.ts";

/** What the options of a Connection field say (RFC 9110 §7.6.1), as bits. */
export const CLOSE = 1;
export const KEEP_ALIVE = 2;
export const UPGRADE = 4;
/** A field is named that the edge does not know, and that must not go on. */
export const NAMES_FIELDS = 8;

const CLOSE_TOKEN = token("close");
const KEEP_ALIVE_TOKEN = token("keep-alive");
const UPGRADE_TOKEN = token("upgrade");

/**
 * End-to-end fields without a number that decide how a message is understood. A peer must not be able to have them
 * removed by naming them. Known fields (`FieldId`) need no place here: each is either always or never dropped.
 */
const PROTECTED: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-language",
  "content-location",
  "content-range",
  "content-security-policy",
  "if-match",
  "if-unmodified-since",
  "origin",
  "pragma",
  "strict-transport-security",
  "www-authenticate",
]);

/** The bits of all Connection fields of a head whose fields were read just now; notes in `facts` what they say of it. */
export function readConnection(bytes: Buffer, head: Head): number {
  const { offsets } = head;
  let options = 0;
  const last = hop.connectionField;
  if (last >= 0) options = connectionOptions(bytes, offsets[last + VALUE_START]!, offsets[last + VALUE_END]!);
  if (hop.connectionFields > 1) {
    for (let at = head.find(Id.connection); at < last; at = head.find(Id.connection, at + FIELD_STRIDE)) {
      options |= connectionOptions(bytes, offsets[at + VALUE_START]!, offsets[at + VALUE_END]!);
    }
  }
  // RFC 9112 §9.3: HTTP/1.0 ends the connection unless told otherwise.
  const stays = head.protocol === Protocol.http11 || (options & KEEP_ALIVE) !== 0;
  facts.persistent = stays && (options & CLOSE) === 0;
  return options;
}

/** The bits of one Connection field. */
function connectionOptions(bytes: Buffer, start: number, end: number): number {
  if (isToken(bytes, start, end, KEEP_ALIVE_TOKEN)) return KEEP_ALIVE;
  if (isToken(bytes, start, end, CLOSE_TOKEN)) return CLOSE;
  let options = 0;
  let i = start;
  while (i < end) {
    let from = i;
    while (i < end && bytes[i] !== COMMA) i++;
    let to = i++;
    while (from < to && (bytes[from] === SP || bytes[from] === HTAB)) from++;
    while (to > from && (bytes[to - 1] === SP || bytes[to - 1] === HTAB)) to--;
    if (to > from) options |= connectionOption(bytes, from, to);
  }
  return options;
}

function connectionOption(bytes: Buffer, start: number, end: number): number {
  if (isToken(bytes, start, end, CLOSE_TOKEN)) return CLOSE;
  if (isToken(bytes, start, end, KEEP_ALIVE_TOKEN)) return KEEP_ALIVE;
  if (isToken(bytes, start, end, UPGRADE_TOKEN)) return UPGRADE;
  const known: FieldId = fieldId(bytes, start, end);
  return known === Id.other ? NAMES_FIELDS : 0;
}

/** Takes the fields that Connection names out of the runs. Off the hot path; linear in the size of the head. */
export function dropNamedFields(head: Head): void {
  const named = new Set<string>();
  for (let at = head.find(Id.connection); at >= 0; at = head.find(Id.connection, at + FIELD_STRIDE)) {
    for (const option of head.value(at).toLowerCase().split(",")) {
      const name = option.trim();
      if (!PROTECTED.has(name)) named.add(name);
    }
  }
  for (let at = head.find(Id.other); at >= 0; at = head.find(Id.other, at + FIELD_STRIDE)) {
    if (named.has(head.name(at).toLowerCase())) withhold(head, at);
  }
  gatherRuns(head);
}
