import type { ValuePredicate } from "../contract/route-match.ts";
import { isSame, startsWith } from "../bytes/byte-compare.ts";

/** Tests bytes [start, end) of a value against one predicate of the config. A regex costs a string, the others nothing. */
export class ValueTest {
  readonly predicate: ValuePredicate;
  /** What the bytes are compared with; UTF-8. */
  private readonly wanted: Buffer;
  private readonly regex: RegExp | null;

  constructor(predicate: ValuePredicate) {
    this.predicate = predicate;
    this.wanted = Buffer.from("value" in predicate ? predicate.value : "");
    // With "g" or "y" a regex remembers where it stopped, and the answer would depend on the request before.
    this.regex =
      predicate.kind === "regex"
        ? new RegExp(predicate.regex.source, predicate.regex.flags.replace(/[gy]/g, ""))
        : null;
  }

  passes(bytes: Buffer, start: number, end: number): boolean {
    const { wanted } = this;
    switch (this.predicate.kind) {
      case "present":
        return true;
      case "absent":
        return false;
      case "equal":
        return isSame(bytes, start, end, wanted);
      case "prefix":
        return end - start >= wanted.length && startsWith(bytes, start, wanted);
      case "contains":
        return contains(bytes, start, end, wanted);
      case "regex":
        return this.regex!.test(bytes.toString("utf8", start, end));
    }
  }
}

function contains(bytes: Buffer, start: number, end: number, wanted: Buffer): boolean {
  for (let at = start; at + wanted.length <= end; at++) {
    if (startsWith(bytes, at, wanted)) return true;
  }
  return false;
}
