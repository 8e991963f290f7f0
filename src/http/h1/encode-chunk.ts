import type { FieldLines } from "../../contract/field-lines.ts";
import { writeChunkSize } from "./encode.ts";

/** Chunked coding of bodies that the edge sends (RFC 9112 §7.1). */

/** Room for a chunk's size line and its end. */
export const CHUNK_OVERHEAD = 16;
const LAST_CHUNK: Buffer = Buffer.from("0\r\n");

const CR = 13;
const LF = 10;

/** Writes CRLF and answers the new position. */
export function endLine(into: Buffer, at: number): number {
  into[at] = CR;
  into[at + 1] = LF;
  return at + 2;
}

/** Writes bytes [start, end) as one chunk; needs `end - start + CHUNK_OVERHEAD` bytes of room. Answers the new position. */
export function encodeChunk(into: Buffer, at: number, bytes: Buffer, start: number, end: number): number {
  const from = writeChunkSize(into, at, end - start);
  return endLine(into, from + bytes.copy(into, from, start, end));
}

/** Writes the last chunk and the trailer section. */
export function encodeLastChunk(into: Buffer, at: number, trailers: FieldLines | null): number {
  let to = at + LAST_CHUNK.copy(into, at);
  if (trailers !== null) to += trailers.bytes.copy(into, to, 0, trailers.length);
  return endLine(into, to);
}
