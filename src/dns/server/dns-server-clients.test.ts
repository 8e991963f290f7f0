/** What dig and kdig make of the name server. */
import { afterEach, describe, expect, test } from "bun:test";
import { makeCertificate } from "../../tls/certificate-for-tests.ts";
import { HOST, NAMES, portOf, startServer, stopServers } from "./clients-for-tests.ts";

afterEach(stopServers);

describe("real clients", () => {
  const dig = Bun.which("dig");
  const kdig = Bun.which("kdig");
  if (dig === null) console.warn("SKIPPED: dig is not installed (Debian: bind9-dnsutils)");
  if (kdig === null) console.warn("SKIPPED: kdig is not installed (Debian: knot-dnsutils)");

  async function run(...words: string[]): Promise<string> {
    return new Response(Bun.spawn(words, { stdout: "pipe" }).stdout).text();
  }

  test.skipIf(dig === null)("dig: cookies, NSID, and TCP where UDP is too small", async () => {
    const server = await startServer({ nsid: "ams-1" });
    const at = [`@${HOST}`, "-p", String(portOf(server, "udp"))];
    const text = await run(dig!, ...at, "+nsid", "www.shop.test");
    expect(text).toContain('NSID: 61 6d 73 2d 31 ("ams-1")');
    expect(text).toMatch(/COOKIE: [0-9a-f]{48} \(good\)/);
    expect(text).toContain("192.0.2.80");
    expect(text).not.toContain("WARNING: Message");
    expect(await run(dig!, ...at, "big.shop.test", "TXT")).toContain("(TCP)");
  });

  test.skipIf(kdig === null)("kdig: over TLS with padding, and several over one TCP connection", async () => {
    const listen = [
      { transport: "tcp", host: HOST, port: 0 },
      { transport: "tls", host: HOST, port: 0 },
    ] as const;
    const certificate = await makeCertificate({ names: NAMES });
    const source = { current: () => certificate, onChange: () => () => {} };
    const server = await startServer({ listen, certificates: source });
    const tls = await run(kdig!, `@${HOST}`, "-p", String(portOf(server, "tls")), "+tls", "+padding", "www.shop.test");
    expect(tls).toContain("TLS session");
    expect(tls).toContain("Received 468 B");
    const tcp = ["-p", String(portOf(server, "tcp")), "+tcp", "+keepopen", "+short", "www.shop.test", "mail.shop.test"];
    expect(await run(kdig!, `@${HOST}`, ...tcp)).toBe("192.0.2.80\n192.0.2.25\n");
  });
});
