/** Addresses and names of this machine alone. */

/** IPv4 127/8 (RFC 5735 §3), IPv6 ::1, or `localhost` and what is below it (RFC 6761 §6.3). Without brackets or port. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** The host of a Host field: without port and without the brackets of IPv6. */
export function hostOf(authority: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(authority);
  return bracketed?.[1] ?? authority.replace(/:\d*$/, "");
}
