import { isIP } from "node:net";
import { unmapped } from "../bytes/address.ts";
import { FieldId } from "../contract/field-id.ts";
import { FIELD_STRIDE, type RequestHead } from "../contract/head.ts";
import type { AddressSet } from "../contract/plan.ts";

/** Entries of X-Forwarded-For that are looked at, from the right: no real path has more proxies. */
const MAX_HOPS = 32;

/**
 * Who the request is from, when its peer is trusted: X-Forwarded-For is walked from the right, past every trusted
 * proxy, to the first address that is not one. What stands left of it was written by somebody we do not believe.
 * An entry that is not an address ends the walk.
 */
export function clientAddressOf(head: RequestHead, peerAddress: string, trusted: AddressSet): string {
  let chain = "";
  for (let at = head.forwardedForField; at >= 0; at = head.find(FieldId.xForwardedFor, at + FIELD_STRIDE)) {
    chain = chain === "" ? head.value(at) : `${chain},${head.value(at)}`;
  }
  if (chain === "") return peerAddress;
  const entries = chain.split(",");
  const last = Math.max(0, entries.length - MAX_HOPS);
  let client = peerAddress;
  for (let index = entries.length - 1; index >= last; index--) {
    const address = plainAddress(entries[index]!.trim());
    if (address === "") break;
    client = address;
    if (!trusted.has(address)) break;
  }
  return client;
}

/** An entry without port and brackets ("1.2.3.4:5", "[::1]:5"), or "" when it is not an address. */
function plainAddress(entry: string): string {
  const withPort = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry) ?? /^([\d.]+):\d{1,5}$/.exec(entry);
  const address = withPort?.[1] ?? entry;
  // A zone means something on one machine only.
  return isIP(address) === 0 || address.includes("%") ? "" : unmapped(address);
}
