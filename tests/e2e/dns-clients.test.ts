/** dig and kdig as clients of our DNS server: over UDP, TCP and TLS, with the options that people use. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAuthority, makeCertificate } from "../../src/tls/certificate-for-tests.ts";
import { writeMessage } from "../../src/dns/wire/message.ts";
import { askOverTcp, UdpAsker } from "../support/dns-client.ts";
import { wireName, zoneText } from "../support/dns-zones.ts";
import { runProgram } from "../support/run-program.ts";
import { program } from "./support/program.ts";
import { startTestDns, type TestDnsServer } from "./support/dns-server.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const programs = { dig: program("dig"), kdig: program("kdig") };

const authority = await makeAuthority("DNS test authority");
const issued = await makeCertificate({ names: ["dns.example.test", "127.0.0.1"], issuer: authority });
const folder = mkdtempSync(join(tmpdir(), "roundtrip-dns-"));
const authorityFile = join(folder, "authority.pem");
writeFileSync(authorityFile, authority.certificate);
afterAll(() => rmSync(folder, { recursive: true }));

describe("clients", () => {
  let dns: TestDnsServer;

  beforeAll(async () => {
    dns = await startTestDns([zoneText("example.test"), zoneText("child.example.test")], {
      certificate: { certificate: issued.certificate, key: issued.key },
      nsid: "edge-1",
      chaos: { version: "roundtrip", id: "edge-1" },
    });
  });
  afterAll(async () => {
    await dns.stop();
  });

  /** What the client prints. @throws Error when it ends with another code than 0. */
  async function ask(client: "dig" | "kdig", words: string, port = dns.port): Promise<string> {
    const argv = [programs[client]!, "@127.0.0.1", "-p", String(port), ...words.split(" ").filter(Boolean)];
    const { code, output, errors } = await runProgram(argv);
    if (code !== 0) throw new Error(`${argv.join(" ")}: exit ${code}\n${output}${errors}`);
    return output;
  }

  describe.skipIf(programs.dig === null)("dig", () => {
    const dig = (words: string): Promise<string> => ask("dig", words);

    test("gets addresses, aliases and wildcards", async () => {
      expect(await dig("+short www.example.test A")).toBe("192.0.2.80\n192.0.2.81\n192.0.2.82\n");
      expect(await dig("+short alias3.example.test AAAA")).toBe(
        "alias2.example.test.\nalias.example.test.\nwww.example.test.\n2001:db8::80\n",
      );
      expect(await dig("+short anything.wild.example.test A")).toBe("192.0.2.70\n");
      expect(await dig("+short host.moved.example.test A")).toBe(
        "home.example.test.\nhost.home.example.test.\n192.0.2.121\n",
      );
    });

    test("sees flags, codes and the SOA of what is not there", async () => {
      const nothing = await dig("nothing.example.test A");
      expect(nothing).toMatch(/status: NXDOMAIN/);
      expect(nothing).toMatch(/flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1/);
      expect(nothing).toMatch(/WARNING: recursion requested but not available/);
      expect(nothing).toMatch(/example\.test\.\s+300\s+IN\s+SOA/);
      expect(await dig("www.other.test A")).toMatch(/status: REFUSED/);
      expect(await dig("host.cut.example.test A")).toMatch(
        /flags: qr rd; QUERY: 1, ANSWER: 0, AUTHORITY: 3, ADDITIONAL: 4/,
      );
    });

    test("keeps the letters of its question (0x20)", async () => {
      expect(await dig("+qr WwW.eXaMpLe.TeSt A")).toMatch(/WwW\.eXaMpLe\.TeSt\.\s+3600\s+IN\s+A/);
    });

    test("goes on over TCP where UDP is too small", async () => {
      expect(await dig("+ignore +bufsize=512 text.example.test TXT")).toMatch(/flags: qr aa tc rd/);
      const whole = await dig("+bufsize=512 huge.example.test TXT");
      expect(whole).toContain("Truncated, retrying in TCP mode");
      expect(whole).toMatch(/ANSWER: 90,/);
      expect(whole).toContain("(TCP)");
      // More than we send over UDP, whatever the client takes (1,232 bytes).
      expect(await dig("+ignore +bufsize=65535 huge.example.test TXT")).toMatch(/flags: qr aa tc rd/);
    });

    test("asks several questions over one connection", async () => {
      const answers = await dig(
        "+tcp +keepopen +short www.example.test A mail.example.test A _443._tcp.www.example.test TLSA",
      );
      expect(answers.split("\n").filter(Boolean)).toHaveLength(5);
    });

    test("gets NSID, a cookie that it can come back with, and no subnet where none counts", async () => {
      expect(await dig("+nsid www.example.test A")).toMatch(/NSID: .*\("edge-1"\)/);
      // It checks that its own half comes back.
      expect(await dig("+cookie=0102030405060708 www.example.test A")).toMatch(
        /COOKIE: 0102030405060708[0-9a-f]{32} \(good\)/,
      );
      expect(await dig("+subnet=192.0.2.0/24 www.example.test A")).toMatch(/status: NOERROR/);
      expect(await dig("+ednsopt=65001:abcd www.example.test A")).toMatch(/status: NOERROR/);
      expect(await dig("+edns=1 +noednsneg www.example.test A")).toMatch(/status: BADVERS/);
      expect(await dig("+noedns www.example.test A")).not.toContain("OPT PSEUDOSECTION");
      expect(await dig("version.bind CH TXT +short")).toBe('"roundtrip"\n');
    });

    test("gets little for ANY, and no transfer", async () => {
      expect(await dig("+notcp example.test ANY")).toMatch(/ANSWER: 1,/);
      expect(await dig("example.test AXFR")).toContain("Transfer failed.");
      expect(await dig("+opcode=2 example.test")).toMatch(/status: NOTIMP/);
    });
  });

  describe.skipIf(programs.kdig === null)("kdig", () => {
    const kdig = (words: string, port?: number): Promise<string> => ask("kdig", words, port);

    test("over UDP and TCP", async () => {
      expect(await kdig("+short www.example.test A")).toBe("192.0.2.80\n192.0.2.81\n192.0.2.82\n");
      expect(await kdig("+tcp +keepopen www.example.test A edge.example.test HTTPS")).toMatch(/1 \. port=8443/);
      expect(await kdig("+bufsize=512 +nsid +cookie www.example.test A")).toMatch(/NSID: .*edge-1/);
      expect(await kdig("+tcp +ednsopt=11 www.example.test A")).toMatch(/KEEPALIVE|Option \(11\)/);
    });

    test("over TLS, with a certificate that it checks, and padded answers", async () => {
      const checked = `+tls-ca=${authorityFile} +tls-hostname=dns.example.test`;
      const answer = await kdig(`${checked} +padding=128 www.example.test A`, dns.tlsPort);
      expect(answer).toMatch(/TLS session \(TLS1\.3\)/);
      expect(answer).toContain("192.0.2.80");
      expect(answer).toMatch(/Received 468 B/);
      await expect(
        kdig(`+tls-ca=${authorityFile} +tls-hostname=other.test www.example.test A`, dns.tlsPort),
      ).rejects.toThrow();
      expect(await kdig(`${checked} +keepopen +short www.example.test AAAA mail.example.test A`, dns.tlsPort)).toBe(
        "2001:db8::80\n192.0.2.25\n",
      );
    });
  });

  describe("clients that are not there any more", () => {
    const query = (): Uint8Array =>
      writeMessage({ id: 0, flags: 0, questions: [{ name: wireName("www.example.test."), type: 1, class: 1 }] });

    /** Asks and closes at once: our answer provokes an ICMP error. */
    function askAndGo(): Promise<void> {
      return new Promise((resolve) => {
        const socket = createSocket("udp4");
        socket.send(query(), dns.port, "127.0.0.1", () => socket.close(() => resolve()));
      });
    }

    test("cost no other client its answer", async () => {
      const asker = new UdpAsker(dns.port);
      try {
        for (let round = 0; round < 50; round++) {
          const others = Array.from({ length: 10 }, () => asker.ask(query(), 2_000));
          await Promise.all([...Array.from({ length: 10 }, askAndGo), ...others]);
        }
      } finally {
        asker.close();
      }
    }, 30_000);
  });

  describe("a connection", () => {
    test("answers a thousand questions that come at once, whole or in pieces", async () => {
      const questions = Array.from({ length: 1_000 }, (_, index) =>
        writeMessage({
          id: 0,
          flags: 0,
          questions: [{ name: wireName(`h${index}.wild.example.test.`), type: 16, class: 1 }],
        }),
      );
      const answers = await askOverTcp(dns.port, questions);
      expect(answers).toHaveLength(1_000);
      for (const [index, answer] of answers.entries()) {
        expect(Buffer.from(answer).includes(`h${index}\u0004wild`)).toBe(true);
      }
    });
  });
});
