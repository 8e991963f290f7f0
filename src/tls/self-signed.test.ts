import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { createSelfSigned, SelfSignedSource } from "./self-signed.ts";

const NAMES = ["dns.shop.test", "*.shop.test", "127.0.0.1", "::1"];
const NOW = Date.UTC(2026, 10, 20, 12);

describe("createSelfSigned", () => {
  test("is read as what it is meant to be", async () => {
    const { certificate } = await createSelfSigned({ names: NAMES, days: 30, now: NOW });
    const read = new X509Certificate(certificate);
    expect(read.subject).toBe("CN=dns.shop.test");
    expect(read.issuer).toBe(read.subject);
    expect(read.subjectAltName).toBe(
      "DNS:dns.shop.test, DNS:*.shop.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    expect(new Date(read.validFrom).getTime()).toBe(NOW - 3_600_000);
    expect(new Date(read.validTo).getTime()).toBe(NOW + 30 * 86_400_000);
    expect(read.ca).toBe(false);
    expect(read.verify(read.publicKey)).toBe(true);
  });

  test("a name is taken as it is written, and dates reach beyond 2050", async () => {
    const long = `${"a".repeat(70)}.test`;
    for (const name of ["#0c01", "CN=x,O=y", "bücher.test", long]) {
      const { certificate } = await createSelfSigned({ names: [name], now: NOW });
      expect(new X509Certificate(certificate).toLegacyObject().subject).toEqual({ CN: name.slice(0, 64) });
    }
    const { certificate } = await createSelfSigned({ names: ["a.test"], days: 1, now: Date.UTC(2051, 0, 1) });
    expect(new Date(new X509Certificate(certificate).validTo).getTime()).toBe(Date.UTC(2051, 0, 2));
  });

  test("every one has another key and another number", async () => {
    const [a, b] = [await createSelfSigned({ names: ["a"] }), await createSelfSigned({ names: ["a"] })];
    expect(a.key).not.toBe(b.key);
    expect(new X509Certificate(a.certificate).serialNumber).not.toBe(new X509Certificate(b.certificate).serialNumber);
  });

  test("needs a name", async () => {
    expect(await createSelfSigned({ names: [] }).catch((error: unknown) => error)).toBeInstanceOf(RangeError);
  });

  const openssl = Bun.which("openssl");
  if (openssl === null) console.warn("SKIPPED: openssl is not installed");
  test.skipIf(openssl === null)("openssl verifies and prints it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-cert-"));
    try {
      const file = join(folder, "certificate.pem");
      writeFileSync(file, (await createSelfSigned({ names: NAMES })).certificate);
      const run = (...words: string[]): string => {
        const done = Bun.spawnSync([openssl!, ...words]);
        return `${done.exitCode} ${done.stdout.toString()}${done.stderr.toString()}`;
      };
      expect(
        run(
          "verify",
          "-x509_strict",
          "-purpose",
          "sslserver",
          "-verify_hostname",
          "a.shop.test",
          "-CAfile",
          file,
          file,
        ),
      ).toBe(`0 ${file}: OK\n`);
      expect(run("verify", "-verify_hostname", "other.test", "-CAfile", file, file)).toMatch(
        /^[12] .*hostname mismatch/is,
      );
      const text = run("x509", "-in", file, "-noout", "-text");
      expect(text).toContain("ecdsa-with-SHA256");
      expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
      expect(text).toContain("TLS Web Server Authentication");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a TLS client that trusts it connects", async () => {
    const { certificate, key } = await createSelfSigned({ names: ["localhost"] });
    const server = createServer({ cert: certificate, key }, (socket) => socket.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const received = await new Promise<string>((resolve, reject) => {
        const socket = connect({ port, host: "127.0.0.1", ca: certificate, servername: "localhost" });
        socket.on("data", (bytes) => resolve(`${socket.authorized} ${bytes.toString()}`));
        socket.on("error", reject);
      });
      expect(received).toBe("true hello");
    } finally {
      server.close();
    }
  });
});

describe("SelfSignedSource", () => {
  test("makes another certificate when a third of the time is left, and tells", async () => {
    const source = await SelfSignedSource.open({ names: ["a.test"], days: 3, now: NOW });
    const first = source.current();
    let told = 0;
    const unwatch = source.onChange(() => told++);
    await source.renewWhenDue(NOW + 2 * 86_400_000 - 1);
    expect([source.current() === first, told]).toEqual([true, 0]);
    await source.renewWhenDue(NOW + 2 * 86_400_000);
    expect([source.current() === first, told]).toEqual([false, 1]);
    expect(new Date(new X509Certificate(source.current().certificate).validTo).getTime()).toBe(NOW + 5 * 86_400_000);
    unwatch();
    await source.renewWhenDue(NOW + 9 * 86_400_000);
    expect(told).toBe(1);
    source.stop();
  });
});
