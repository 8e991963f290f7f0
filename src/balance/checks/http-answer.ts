import type { CheckHttp, StatusRange } from "../../contract/health-plan.ts";
import { CheckFailure } from "./probe-run.ts";

/** What is expected of an HTTP answer, and whether it is that: the same for HTTP/1.1 and HTTP/2. */

/** Bytes of a body that are read: a health page is small, and a target that never ends one must not cost memory. */
export const MAX_BODY = 65_536;

/** The beginning of a body, up to `MAX_BODY`. */
export class BodyStart {
  #length = 0;
  readonly #parts: Buffer[] = [];

  get length(): number {
    return this.#length;
  }

  /** As much as is read has come. */
  get full(): boolean {
    return this.#length >= MAX_BODY;
  }

  /** Takes a copy of bytes [start, end). */
  add(bytes: Buffer, start: number, end: number): void {
    const taken = Math.min(end - start, MAX_BODY - this.#length);
    if (taken <= 0) return;
    this.#parts.push(Buffer.from(bytes.subarray(start, start + taken)));
    this.#length += taken;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** @throws CheckFailure when the status is none of those expected. */
export function judgeStatus(status: number, expected: readonly StatusRange[]): void {
  for (const range of expected) if (status >= range.from && status <= range.to) return;
  throw new CheckFailure(`${status}, expected ${rangesWords(expected)}`);
}

/** "200-399, 404". */
function rangesWords(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}

/**
 * @returns the detail of an answer that is good.
 * @throws CheckFailure when the body does not hold what is expected.
 */
export function judgeBody(status: number, body: BodyStart, http: CheckHttp): string {
  const expected = http.body;
  if (expected === null) return `${status}`;
  const bytes = body.bytes();
  const found =
    typeof expected === "string"
      ? bytes.includes(expected)
      : // `search` starts at the beginning, unlike `test`, which goes on from the last match when the pattern is global.
        bytes.toString("utf8").search(expected) >= 0;
  const wanted = typeof expected === "string" ? JSON.stringify(expected) : String(expected);
  const verb = typeof expected === "string" ? "hold" : "match";
  if (found) return `${status}, body ${verb === "hold" ? "holds" : "matches"} ${wanted}`;
  throw new CheckFailure(
    body.full
      ? `${status}, but the first 64 KiB of the body do not ${verb} ${wanted}`
      : `${status}, but the body does not ${verb} ${wanted}`,
  );
}
