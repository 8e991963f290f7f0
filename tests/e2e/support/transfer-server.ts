/** The server under test with one zone, as primary or as secondary. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZoneSet } from "../../../src/dns/authority/zone-set.ts";
import { startDnsServer } from "../../../src/dns/server/dns-server.ts";
import { ZoneStore } from "../../../src/dns/store/zone-store.ts";
import type { ZoneTransferOptions } from "../../../src/dns/transfer/transfer-options.ts";
import { type TransferEvent, ZoneTransfers } from "../../../src/dns/transfer/zone-transfers.ts";
import { freePort } from "./free-port.ts";
import type { TransferKey } from "./transfer-peers.ts";

export interface TransferServer {
  readonly port: number;
  readonly folder: string;
  readonly zones: ZoneSet;
  readonly transfers: ZoneTransfers;
  readonly events: readonly TransferEvent[];
  /** Takes options; a primary's zone is loaded with them. */
  configure(options: Omit<ZoneTransferOptions, "apex">): Promise<void>;
  /** A primary's zone file is written again and loaded. */
  write(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** `text`: the zone file of a primary; null for a secondary. */
export async function startTransferServer(
  apex: string,
  key: TransferKey,
  text: string | null,
): Promise<TransferServer> {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-transfer-"));
  const file = join(folder, "zone");
  if (text !== null) writeFileSync(file, text);
  const zones = new ZoneSet();
  const store = new ZoneStore(zones);
  const events: TransferEvent[] = [];
  const transfers = new ZoneTransfers({ zones, store, onEvent: (event) => events.push(event) });
  const host = "127.0.0.1";
  const port = await freePort();
  const server = await startDnsServer({
    zones,
    handlers: [transfers.handler],
    listen: [
      { transport: "udp", host, port },
      { transport: "tcp", host, port },
    ],
  });
  return {
    port,
    folder,
    zones,
    transfers,
    events,
    async configure(options) {
      transfers.sync([key], [{ apex, ...options }]);
      const reports = await store.sync([text === null ? { kind: "transfer", apex } : { kind: "file", apex, file }]);
      if (reports.some(({ outcome }) => outcome === "failed")) throw new Error(JSON.stringify(reports));
      transfers.start();
    },
    async write(changed) {
      writeFileSync(file, changed);
      await store.reload();
    },
    async stop() {
      transfers.stop();
      store.close();
      await server.stop(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
