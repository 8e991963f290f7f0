import type { Exchange } from "../../contract/exchange.ts";
import { type FieldEdits, MAX_ADDED_BYTES } from "../../contract/field-edits.ts";
import { FieldLineWalk } from "../../contract/field-lines.ts";
import { FIELD_STRIDE, type Head, NAME_END, NAME_START, type RequestHead } from "../../contract/head.ts";
import { FieldNameSet } from "./field-name-set.ts";
import { LineWriter } from "./line-writer.ts";
import { parseTemplate, type Variable } from "./value-template.ts";

/** Applied in the order remove, set, add. */
export interface FieldEditsOptions {
  readonly remove?: readonly string[] | undefined;
  readonly set?: Readonly<Record<string, string>> | undefined;
  readonly add?: Readonly<Record<string, string>> | undefined;
}

/** Shared by all programs: what is written here is copied into the edits before anything else runs. */
const WRITER = new LineWriter();
const LINES = new FieldLineWalk();

/** The edits of one direction, prepared: which names go, and the lines that come. */
export class FieldProgram {
  private readonly removed: FieldNameSet;
  /** Complete lines; where a value depends on the request, its variable stands between the bytes around it. */
  private readonly parts: ReadonlyArray<Buffer | Variable>;
  /** All lines when none of them depends on the request. */
  private readonly lines: Buffer | null;

  constructor(options: FieldEditsOptions) {
    const added = [...Object.entries(options.set ?? {}), ...Object.entries(options.add ?? {})];
    this.removed = new FieldNameSet([...(options.remove ?? []), ...Object.keys(options.set ?? {})]);
    this.parts = compileLines(added);
    const only = this.parts[0];
    this.lines = this.parts.length === 1 && only instanceof Buffer ? only : null;
  }

  /**
   * @param request the request's head on the way in, null on the way out
   * @throws RangeError when more than `MAX_ADDED_BYTES` would be added
   */
  apply(head: Head, request: RequestHead | null, edits: FieldEdits, exchange: Exchange): void {
    if (!this.removed.empty) {
      this.removeReceived(head, edits);
      if (edits.added.length > 0) this.removeAdded(edits);
    }
    if (this.lines !== null) edits.addLines(this.lines);
    else if (this.parts.length > 0) this.addFilled(request, edits, exchange);
  }

  private removeReceived(head: Head, edits: FieldEdits): void {
    const { bytes, offsets } = head;
    const end = head.fieldCount * FIELD_STRIDE;
    for (let at = 0; at < end; at += FIELD_STRIDE) {
      if (this.removed.has(bytes, offsets[at + NAME_START]!, offsets[at + NAME_END]!)) edits.remove(at);
    }
  }

  /** Lines that a policy before this one added are fields of the head as well. */
  private removeAdded(edits: FieldEdits): void {
    const { added } = edits;
    let kept = 0;
    LINES.begin(added);
    while (LINES.next()) {
      const { lineStart, lineEnd } = LINES;
      if (this.removed.has(added.bytes, lineStart, LINES.nameEnd)) continue;
      added.bytes.copyWithin(kept, lineStart, lineEnd);
      kept += lineEnd - lineStart;
    }
    added.length = kept;
  }

  private addFilled(request: RequestHead | null, edits: FieldEdits, exchange: Exchange): void {
    WRITER.length = 0;
    for (let index = 0; index < this.parts.length; index++) {
      const part = this.parts[index]!;
      if (typeof part === "string") WRITER.variable(part, request, exchange);
      else WRITER.fixed(part);
    }
    if (WRITER.overflowed) throw new RangeError(`policies added more than ${MAX_ADDED_BYTES} bytes of fields`);
    edits.addLines(WRITER.bytes.subarray(0, WRITER.length));
  }
}

function compileLines(fields: ReadonlyArray<readonly [string, string]>): ReadonlyArray<Buffer | Variable> {
  const parts: Array<Buffer | Variable> = [];
  let text = "";
  for (const [name, value] of fields) {
    text += `${name}: `;
    for (const part of parseTemplate(value)) {
      if ("text" in part) {
        text += part.text;
      } else {
        parts.push(Buffer.from(text, "latin1"), part.variable);
        text = "";
      }
    }
    text += "\r\n";
  }
  if (text !== "") parts.push(Buffer.from(text, "latin1"));
  return parts;
}
