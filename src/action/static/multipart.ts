import type { BodyPart } from "./file-body.ts";
import type { ByteRange } from "./range.ts";

/**
 * The parts of a multipart/byteranges body (RFC 9110 §14.6), ranges of the file between their heads.
 * @param boundary must not occur in the file: 128 random bits
 */
export function multipartByteranges(
  ranges: readonly ByteRange[],
  size: number,
  type: string,
  boundary: string,
): readonly BodyPart[] {
  const parts: BodyPart[] = [];
  let before = "";
  for (const range of ranges) {
    const head = `${before}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
    parts.push(Buffer.from(head, "latin1"), range);
    before = "\r\n";
  }
  parts.push(Buffer.from(`\r\n--${boundary}--\r\n`, "latin1"));
  return parts;
}

/** RFC 9110 §14.4: the last position is inclusive. */
export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.start}-${range.end - 1}/${size}`;
}
