import { RDATA_FORMAT } from "./rdata-format.ts";
import { fieldEnd } from "./rdata-walk.ts";
import { readTypeBitmap } from "./type-bitmap.ts";
import { svcParamsProblem } from "./svc-params.ts";

/** What keeps bytes [start, end) from being data of this type; "" when they are. Types without a known form take anything. */
export function rdataProblem(type: number, bytes: Uint8Array, start: number, end: number): string {
  const format = RDATA_FORMAT[type];
  if (format === undefined) return "";
  let at = start;
  for (const field of format) {
    const next = fieldEnd(field, bytes, at, end);
    if (next < 0) return `it ends within the ${field}`;
    if (field === "types" && readTypeBitmap(bytes, at, end) === null) return "its type bitmap is malformed";
    if (field === "svc-params") {
      const problem = svcParamsProblem(bytes, at, end);
      if (problem !== "") return problem;
    }
    at = next;
  }
  return at === end ? "" : `${end - at} bytes are too many`;
}
