/** Whoever asked, and how. One object may stand for many packets in turn: read it within the call that gave it. */
export interface DnsClient {
  /** Dotted quad or RFC 5952 IPv6 text, without port. */
  readonly address: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls" | "https";
}
