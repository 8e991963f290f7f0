import type { FieldEdits } from "../contract/field-edits.ts";
import { FieldId } from "../contract/field-id.ts";
import { FIELD_STRIDE, type Head } from "../contract/head.ts";

/** What a transform makes has another length, which nobody knows yet. */
export function removeContentLength(head: Head, edits: FieldEdits): void {
  for (let at = head.find(FieldId.contentLength); at >= 0; at = head.find(FieldId.contentLength, at + FIELD_STRIDE)) {
    edits.remove(at);
  }
}
