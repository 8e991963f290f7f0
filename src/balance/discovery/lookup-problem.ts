/** Why a lookup failed, in words. The codes are those of c-ares and of getaddrinfo, as Node has them. */
import { errorMessage } from "../../error-message.ts";

/** Bun reports a name without such records (NODATA) as ENOTFOUND too, so the words must fit both. */
const WORDS: Readonly<Record<string, string>> = {
  ENODATA: "the name has no $",
  ENOTFOUND: "no such name or no $ for it",
  ESERVFAIL: "the name server failed",
  EREFUSED: "the name server refuses to answer",
  ENOTIMP: "the name server does not know how to answer",
  EFORMERR: "the name server did not understand the query",
  EBADRESP: "the name server's answer is malformed",
  EBADNAME: "this is not a valid name",
  ETIMEOUT: "no answer in time",
  ECANCELLED: "the lookup was cancelled",
  ECONNREFUSED: "no name server listens there",
  EAI_AGAIN: "no answer for now",
};

/** "no such name or no address for it (ENOTFOUND)". `wanted`: "address", "SRV record". */
export function describeLookupProblem(error: unknown, wanted: string): string {
  const code = codeOf(error);
  const words = WORDS[code];
  if (words !== undefined) return `${words.replace("$", wanted)} (${code})`;
  if (code !== "") return `the lookup failed (${code})`;
  return `the lookup failed (${errorMessage(error)})`;
}

/** "" when it has none. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
