/** Names as the program serves them: a zone file that changes and breaks under load, a config that is read again. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { readMessage, writeMessage } from "../../src/dns/wire/message.ts";
import { formatRdata } from "../../src/dns/wire/rdata-text.ts";
import { responseCodeName, typeNumber } from "../../src/dns/wire/record-type.ts";
import { askOverTcp, UdpAsker } from "../support/dns-client.ts";
import { wireName } from "../support/dns-zones.ts";
import { runProgram } from "../support/run-program.ts";
import { type EdgeProcess, startEdge } from "./support/edge-process.ts";
import { freePorts } from "./support/free-port.ts";
import { until } from "./support/processes.ts";
import { program } from "./support/program.ts";

/** Processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const kdig = program("kdig");
const folder = mkdtempSync(join(tmpdir(), "roundtrip-names-"));
const zoneFile = join(folder, "shop.test.zone");

afterAll(() => rmSync(folder, { recursive: true }));

function writeZone(serial: number, address: string): void {
  writeFileSync(
    zoneFile,
    `$TTL 60\n@ SOA ns1 admin ${serial} 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.53\nwww A ${address}\nalias CNAME www\n`,
  );
}

function queryOf(name: string, type = "A"): Uint8Array {
  return writeMessage({ id: 0, flags: 0, questions: [{ name: wireName(name), type: typeNumber(type)!, class: 1 }] });
}

/** "NOERROR 192.0.2.1" */
function words(bytes: Uint8Array): string {
  const { flags, answers } = readMessage(bytes);
  return [responseCodeName(flags & 15), ...answers.map(({ type, data }) => formatRdata(type, data))].join(" ");
}

describe("roundtrip serve", () => {
  let edge: EdgeProcess;
  let udp: UdpAsker;
  let port: number;
  let tls: number;

  const configOf = (more: NonNullable<Config["dns"]>["zones"] = {}): Config => ({
    routes: [{ match: { path: "/dns-query" }, doh: true }],
    dns: {
      listeners: [`127.0.0.1:${port}`, { tls: `127.0.0.1:${tls}` }],
      zones: { "shop.test": { file: zoneFile }, ...more },
    },
  });

  beforeAll(async () => {
    writeZone(1, "192.0.2.1");
    [port = 0, tls = 0] = await freePorts(2);
    edge = await startEdge(configOf());
    udp = new UdpAsker(port);
  });

  afterAll(async () => {
    udp?.close();
    await edge?.stop();
  });

  const ask = async (name: string): Promise<string> => words(await udp.ask(queryOf(name)));
  const doh = (init: RequestInit, query = ""): Promise<Response> =>
    fetch(`http://127.0.0.1:${edge.port}/dns-query${query}`, init);

  test("answers the same over UDP, TCP and HTTP", async () => {
    const wanted = "NOERROR www.shop.test. 192.0.2.1";
    expect(await ask("alias.shop.test.")).toBe(wanted);
    expect((await askOverTcp(port, [queryOf("alias.shop.test.")])).map(words)).toEqual([wanted]);
    const headers = { "content-type": "application/dns-message" };
    const posted = await doh({ method: "POST", headers, body: Buffer.from(queryOf("alias.shop.test.")) });
    expect(posted.headers.get("content-type")).toBe("application/dns-message");
    expect(posted.headers.get("cache-control")).toBe("max-age=60");
    expect(words(await posted.bytes())).toBe(wanted);
    const got = await doh({}, `?dns=${Buffer.from(queryOf("alias.shop.test.")).toString("base64url")}`);
    expect(words(await got.bytes())).toBe(wanted);
    expect((await doh({ method: "POST", body: "x" })).status).toBe(415);
    expect((await doh({})).status).toBe(400);
  });

  test.skipIf(kdig === null)("answers over TLS with a certificate of its own making", async () => {
    const argv = [kdig!, "@127.0.0.1", "-p", String(tls), "+tls", "+short", "www.shop.test", "A"];
    expect(await runProgram(argv)).toMatchObject({ code: 0, output: "192.0.2.1\n" });
  });

  test("a zone file that changes, and one that is bad, lose no query", async () => {
    const seen = new Set<string>();
    let asking = true;
    let asked = 0;
    const clients = Array.from({ length: 8 }, async () => {
      while (asking) {
        seen.add(await ask("www.shop.test."));
        asked++;
      }
    });
    try {
      for (let serial = 2; serial <= 5; serial++) {
        writeZone(serial, `192.0.2.${serial}`);
        await until(`the zone with serial ${serial} is served`, () => seen.has(`NOERROR 192.0.2.${serial}`));
      }
      writeFileSync(zoneFile, "$TTL 60\n@ SOA ns1 admin 6 3600 600 86400 60\n@ NS ns1\nwww A 192.0.2.300\n");
      await until("it says what is wrong with the zone file", () => /192\.0\.2\.300/.test(edge.said()));
      const before = asked;
      await until("queries go on", () => asked > before + 100);
    } finally {
      asking = false;
      await Promise.all(clients);
    }
    expect([...seen].toSorted()).toEqual([1, 2, 3, 4, 5].map((last) => `NOERROR 192.0.2.${last}`));
    expect(await ask("www.shop.test.")).toBe("NOERROR 192.0.2.5");
  });

  test("a config that is read again brings a zone, and takes it away", async () => {
    writeZone(7, "192.0.2.7");
    expect(await ask("www.more.test.")).toBe("REFUSED");
    const records = { "@": { NS: ["ns1"] }, ns1: { A: ["192.0.2.53"] }, www: { A: ["192.0.2.8"] } };
    edge.configure(configOf({ "more.test": { records } }));
    expect(await edge.reload()).toMatchObject({ ok: true });
    await until("the new zone is served", async () => (await ask("www.more.test.")) === "NOERROR 192.0.2.8");
    edge.configure(configOf());
    expect(await edge.reload()).toMatchObject({ ok: true });
    await until("the zone has gone", async () => (await ask("www.more.test.")) === "REFUSED");
    expect(await ask("www.shop.test.")).toBe("NOERROR 192.0.2.7");
  });

  test("ends when it is told to, and frees its ports", async () => {
    edge.signal("SIGTERM");
    expect(await edge.ended).toBe(0);
    await expect(askOverTcp(port, [queryOf("www.shop.test.")], 1_000)).rejects.toThrow();
  });
});
