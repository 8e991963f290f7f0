import type { RequestHead } from "../contract/head.ts";

/**
 * The request carries the token that authorises an explanation. Compared in constant time; without a token nobody is
 * authorised.
 */
export function isExplainAuthorised(head: RequestHead, token: string): boolean {
  if (head.explainField < 0 || token === "") return false;
  const given = Buffer.from(head.value(head.explainField), "latin1");
  const wanted = Buffer.from(token, "latin1");
  return given.length === wanted.length && crypto.timingSafeEqual(given, wanted);
}
