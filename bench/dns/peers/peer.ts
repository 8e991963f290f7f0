/** What the runner needs to know of a name server. */
import type { Command } from "../../lib/processes.ts";

export type Transport = "udp" | "tcp" | "tls" | "http";

export interface PeerSettings {
  /** Of UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  /** DNS over HTTP without TLS. */
  readonly httpPort: number;
  /** With its final dot. */
  readonly apex: string;
  readonly zoneFile: string;
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
  /** Empty, its own. */
  readonly folder: string;
}

export interface DnsPeer {
  readonly name: string;
  /** Its version when it is installed; otherwise undefined. */
  version(): Promise<string | undefined>;
  /** What to do when it is missing. */
  readonly install: string;
  readonly transports: readonly Transport[];
  /** Speaks HTTP/1.1 and not HTTP/2. */
  readonly http1?: boolean;
  /** Writes its config and says how to start it, in the foreground. */
  prepare(settings: PeerSettings): Command;
}

/** Servers are in /usr/sbin, which not everybody has in PATH. */
export function serverProgram(name: string): string {
  return Bun.which(name) ?? `/usr/sbin/${name}`;
}
