/** Request methods by number, so that the hot path compares integers (RFC 9110 §9, RFC 5789 for PATCH). */
export const Method = {
  other: 0,
  GET: 1,
  HEAD: 2,
  POST: 3,
  PUT: 4,
  DELETE: 5,
  OPTIONS: 6,
  PATCH: 7,
  TRACE: 8,
  CONNECT: 9,
} as const;

export type Method = (typeof Method)[keyof typeof Method];

/** Names indexed by `Method`; index 0 is empty, since any token can stand there. */
export const METHOD_NAMES: readonly string[] = [
  "",
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "CONNECT",
];

const IDEMPOTENT = new Uint8Array([0, 1, 1, 0, 1, 1, 1, 0, 1, 0]);

/** RFC 9110 §9.2.2: a request with such a method may be sent again without a further effect. An unknown method may not. */
export function isIdempotent(method: Method): boolean {
  return IDEMPOTENT[method] === 1;
}
