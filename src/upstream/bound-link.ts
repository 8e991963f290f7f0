/**
 * Connections that belong to a user. NTLM, and Negotiate with it, authenticate the connection and not the request
 * (RFC 4559 §6): once a client has authenticated on one, whoever else sends a request there is answered as that client.
 * So such a connection belongs to the client's connection: no other request gets it, and it ends with it.
 */
import type { Exchange } from "../contract/exchange.ts";
import type { ResponseHead } from "../contract/head.ts";
import type { UpstreamLink } from "../contract/target.ts";

const SCHEME = /(?:^|,)\s*(?:ntlm|negotiate)(?:\s|,|$)/i;

/** The response asks the client to authenticate the connection. */
export function asksToBind(head: ResponseHead): boolean {
  return head.status === 401 && SCHEME.test(head.get("www-authenticate") ?? "");
}

/** The connection that the exchange's client has authenticated on, if the request may go there. */
export function boundLink(exchange: Exchange): UpstreamLink | null {
  const { bound } = exchange.connection;
  if (bound === null || exchange.failed !== null || bound.active > 0) return null;
  const { target } = bound;
  return target.draining || !exchange.pool!.live.targets.includes(target) ? null : bound;
}
