import { afterAll, describe, expect, test } from "bun:test";
import type { CertificatePair } from "../../contract/certificate-source.ts";
import type { Socket } from "node:net";
import { makeAuthority, makeCertificate } from "../../tls/certificate-for-tests.ts";
import { createProbe } from "./probe.ts";
import { CHECK } from "./pool-for-tests.ts";
import { checked, HTTP, Servers, SHORT, told, verdict } from "./servers-for-tests.ts";

const servers = new Servers();
const authority = await makeAuthority("authority of the tests");
const good = await makeCertificate({ names: ["good.test", "127.0.0.1"], issuer: authority });

afterAll(() => servers.close());

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const other = new Servers();
  const port = await other.tcp();
  other.close();
  return port;
}

function trusting(port: number, serverName = "good.test", timeout = 2000) {
  return checked(port, { kind: "tls", tls: { serverName, verify: true }, timeout }, { ca: authority.certificate });
}

const BAD: ReadonlyArray<[string, CertificatePair, string]> = [
  [
    "expired",
    await makeCertificate({ names: ["good.test"], issuer: authority, from: -100, until: -10 }),
    `certificate expired on ${day(-9.5)}`,
  ],
  [
    "not yet valid",
    await makeCertificate({ names: ["good.test"], issuer: authority, from: 10, until: 20 }),
    `certificate is not valid before ${day(10)}`,
  ],
  ["self-signed", await makeCertificate({ names: ["good.test"] }), "certificate is self-signed"],
  [
    "of an unknown issuer",
    await makeCertificate({ names: ["good.test"], issuer: await makeAuthority("somebody else") }),
    "the certificate's issuer is not trusted",
  ],
  [
    "for another name",
    await makeCertificate({ names: ["other.test"], issuer: authority }),
    "certificate is for DNS:other.test, not for good.test",
  ],
];

describe("tcp", () => {
  test("a target that accepts is good, whatever it says then", async () => {
    const layers = await checked(await servers.tcp(), {});
    expect(told(layers)).toEqual(["tcp: connected"]);
    expect(layers[0]!.durationMs).toBeGreaterThan(0);
    expect(await servers.left()).toBe(0);
  });

  test("nobody listens", async () => {
    expect(told(await checked(await closedPort(), {}))).toEqual(["tcp FAILED: connection refused"]);
  });

  test("the check's own port goes before the target's", async () => {
    expect(verdict(await checked(await closedPort(), { port: await servers.tcp() }))).toBe("tcp: connected");
  });

  test("a name that does not resolve", async () => {
    const target = { host: "no-such-host.invalid", port: 80, address: "no-such-host.invalid:80" };
    const layers = await createProbe()(target, CHECK, new AbortController().signal);
    expect(told(layers)[0]).toMatch(/^tcp FAILED: (name does not resolve|name cannot be resolved now)$/);
  });

  test("what the system refuses outright is a failed layer too", async () => {
    const target = { host: "127.0.0.1", port: 70_000, address: "127.0.0.1:70000" };
    const layers = await createProbe()(target, CHECK, new AbortController().signal);
    expect(layers).toHaveLength(1);
    expect(layers[0]!.ok).toBe(false);
    expect(layers[0]!.detail).toMatch(/port/i);
  });
});

describe("the signal", () => {
  test("ends a check at once and closes what it opened", async () => {
    const port = await servers.tcp();
    const stop = new AbortController();
    const target = { host: "127.0.0.1", port, address: "a" };
    const begun = performance.now();
    const result = createProbe()(target, { ...CHECK, kind: "http", http: HTTP, timeout: 5000 }, stop.signal);
    setTimeout(() => stop.abort(), 20);
    expect(verdict(await result)).toBe("http FAILED: the check was stopped");
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(await servers.left()).toBe(0);
  });

  test("that had aborted before lets nothing begin", async () => {
    const port = await servers.tcp();
    const layers = await createProbe()({ host: "127.0.0.1", port, address: "a" }, CHECK, AbortSignal.abort());
    expect(told(layers)).toEqual(["tcp FAILED: the check was stopped"]);
    expect(await servers.left()).toBe(0);
  });
});

describe("tls", () => {
  test("a good certificate, and how long it still is", async () => {
    const port = await servers.tls(good);
    expect(told(await trusting(port))).toEqual(["tcp: connected", "tls: TLSv1.3, certificate good for 90 days"]);
    expect(await servers.left()).toBe(0);
  });

  test("without a server name, it must be for the target's host", async () => {
    const port = await servers.tls(good);
    expect(verdict(await trusting(port, ""))).toBe("tls: TLSv1.3, certificate good for 90 days");
    const named = await servers.tls(await makeCertificate({ names: ["good.test"], issuer: authority }));
    expect(verdict(await trusting(named, ""))).toBe("tls FAILED: certificate is for DNS:good.test, not for 127.0.0.1");
  });

  test("the server name is sent, and an address is not", async () => {
    const names: unknown[] = [];
    const port = await servers.tls(good, (socket) =>
      names.push((socket as { servername?: unknown }).servername || null),
    );
    await trusting(port);
    await trusting(port, "");
    await servers.left();
    expect(names).toEqual(["good.test", null]);
  });

  test.each(BAD)("a certificate that is %s", async (_, certificate, words) => {
    const port = await servers.tls(certificate);
    expect(told(await trusting(port))).toEqual(["tcp: connected", `tls FAILED: ${words}`]);
    // Without verification any will do.
    const layers = await checked(port, { kind: "tls", tls: { serverName: "good.test", verify: false } });
    expect(verdict(layers)).toStartWith("tls: TLSv1.3, certificate not verified, ");
  });

  test("the system's authorities are asked when the check names none", async () => {
    const port = await servers.tls(good);
    expect(verdict(await checked(port, { kind: "tls" }))).toBe("tls FAILED: the certificate's issuer is not trusted");
  });

  test("a target that says nothing", async () => {
    const layers = await trusting(await servers.tcp(), "good.test", SHORT);
    expect(told(layers)).toEqual(["tcp: connected", `tls FAILED: no answer within ${SHORT} ms`]);
    expect(layers[1]!.durationMs).toBeGreaterThan(SHORT / 2);
    expect(await servers.left()).toBe(0);
  });

  test.each([
    ["speaks plain HTTP", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "the target does not speak TLS"],
    ["closes", (socket) => socket.end(), "connection closed in the handshake"],
    ["resets", (socket) => socket.resetAndDestroy(), "connection closed in the handshake"],
  ] as ReadonlyArray<[string, (socket: Socket) => void, string]>)("a target that %s", async (_, answer, words) => {
    const port = await servers.tcp((socket) => socket.once("data", () => answer(socket)));
    expect(verdict(await trusting(port))).toBe(`tls FAILED: ${words}`);
  });
});

function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
