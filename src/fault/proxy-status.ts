import type { FaultCode } from "../contract/fault.ts";
import { FAULTS } from "./faults.ts";

/** RFC 9651 §3.3.4, in the part that a pseudonym or host name uses. */
const SF_TOKEN = /^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*$/;

/**
 * Value of Proxy-Status (RFC 9209): who failed, the registered error type, and our own code in `details`.
 * @param identity how the edge calls itself; usually the pseudonym of Via
 */
export function proxyStatus(identity: string, code: FaultCode): string {
  const name = identity === "" ? "roundtrip" : identity;
  const member = SF_TOKEN.test(name) ? name : structuredString(name);
  return `${member}; error=${FAULTS[code].proxyError}; details=${structuredString(code)}`;
}

/** A string of RFC 9651 §3.3.3: printable ASCII, with `"` and `\` escaped; anything else becomes "?". */
export function structuredString(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/gu, "?").replace(/["\\]/g, "\\$&")}"`;
}
