/** Bytes [start, end) of a representation. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeRequest =
  /** No range, or one that is to be ignored (RFC 9110 §14.2): the whole representation. */
  | { readonly kind: "whole" }
  | { readonly kind: "ranges"; readonly ranges: readonly ByteRange[] }
  /** 416. */
  | { readonly kind: "unsatisfiable" };

/** More ranges than this in one request are ignored: nobody needs them, and each costs a part (RFC 9110 §17.15). */
const MAX_RANGES = 16;
/** Ranges with a gap smaller than the head of a part are sent as one (RFC 9110 §15.3.7.2). */
const SMALLEST_GAP = 96;
const SPEC = /^(\d*)-(\d*)$/;
const WHOLE: RangeRequest = { kind: "whole" };

/** @param size of the representation, bytes */
export function parseRange(value: string | undefined, size: number): RangeRequest {
  const set = value === undefined ? null : /^bytes=(.*)$/i.exec(value.trim());
  if (set === null) return WHOLE;
  const specs = set[1]!.split(",").map((spec) => spec.trim());
  const wanted = specs.filter((spec) => spec !== "");
  if (wanted.length === 0 || wanted.length > MAX_RANGES) return WHOLE;
  const ranges: ByteRange[] = [];
  for (const spec of wanted) {
    const range = parseSpec(spec, size);
    if (range === "invalid") return WHOLE;
    if (range !== null) ranges.push(range);
  }
  if (ranges.length === 0) return { kind: "unsatisfiable" };
  // "bytes=-5" can be satisfied by no bytes at all, which Content-Range cannot express.
  return ranges.some((range) => range.end === range.start) ? WHOLE : { kind: "ranges", ranges: coalesce(ranges) };
}

/** RFC 9110 §14.1.2: null when nothing of the representation lies in it. */
function parseSpec(spec: string, size: number): ByteRange | "invalid" | null {
  const match = SPEC.exec(spec);
  if (match === null) return "invalid";
  const [, first, last] = match;
  if (first === "") {
    if (last === "") return "invalid";
    const length = Number(last);
    return length === 0 ? null : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return "invalid";
  return start >= size ? null : { start, end };
}

/** In the order asked for; what overlaps or nearly touches becomes one range at the first one's place. */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const result: ByteRange[] = [];
  for (const range of ranges) {
    let merged = range;
    let place = result.length;
    for (let index = 0; index < result.length;) {
      const other = result[index]!;
      if (merged.start > other.end + SMALLEST_GAP || other.start > merged.end + SMALLEST_GAP) {
        index++;
        continue;
      }
      merged = { start: Math.min(merged.start, other.start), end: Math.max(merged.end, other.end) };
      place = Math.min(place, index);
      result.splice(index, 1);
      // The grown range may touch what was passed before.
      index = 0;
    }
    result.splice(place, 0, merged);
  }
  return result;
}
