/** The name server over TLS. */
import { afterEach, describe, expect, test } from "bun:test";
import { connect as connectTls } from "node:tls";
import type { CertificatePair, CertificateSource } from "../../contract/certificate-source.ts";
import { makeCertificate } from "../../tls/certificate-for-tests.ts";
import { queryPacket, shopZones } from "../authority/zones-for-tests.ts";
import { readMessage } from "../wire/message.ts";
import {
  follow,
  framed,
  HOST,
  NAMES,
  openTcp,
  portOf,
  startServer,
  stopServers,
  type StreamClient,
} from "./clients-for-tests.ts";
import { startDnsServer } from "./dns-server.ts";

/** Of the same server: what it has, and what it gets. */
const CERTIFICATES = await Promise.all([makeCertificate({ names: NAMES }), makeCertificate({ names: NAMES })]);

afterEach(stopServers);

describe("TLS", () => {
  /** A source that can be given another certificate. */
  function changing(first: CertificatePair): CertificateSource & { change: (pair: CertificatePair) => void } {
    let pair = first;
    const listeners = new Set<() => void>();
    return {
      current: () => pair,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      change(next) {
        pair = next;
        for (const listener of listeners) listener();
      },
    };
  }

  function openTls(port: number, ca: string, protocols?: string[]): StreamClient & { secure: Promise<string> } {
    const options = {
      port,
      host: HOST,
      ca,
      servername: "dns.shop.test",
      ...(protocols && { ALPNProtocols: protocols }),
    };
    const socket = connectTls(options);
    const secure = new Promise<string>((resolve) => {
      socket.on("secureConnect", () => resolve(`${socket.authorized} ${socket.alpnProtocol}`));
      socket.on("error", () => resolve("error"));
    });
    return { ...follow(socket), secure };
  }

  const listen = [{ transport: "tls", host: HOST, port: 0 }] as const;

  test("answers like TCP; ALPN is dot where it is asked for, and nothing else", async () => {
    const [one] = CERTIFICATES;
    const server = await startServer({ listen, certificates: changing(one!) });
    const port = portOf(server, "tls");
    const asked = openTls(port, one!.certificate, ["dot"]);
    const silent = openTls(port, one!.certificate);
    const strange = openTls(port, one!.certificate, ["h2"]);
    expect(await Promise.all([asked.secure, silent.secure, strange.secure])).toEqual([
      "true dot",
      "true false",
      "error",
    ]);
    asked.socket.write(Buffer.concat([1, 2, 3].map((id) => framed(queryPacket("big.shop.test.", "TXT", { id })))));
    await asked.messages.count(3);
    expect(asked.messages.all.map((message) => readMessage(message).id)).toEqual([1, 2, 3]);
    expect(server.statistics().queries.tls).toBe(3);
  });

  test("a new certificate is for new connections; the others live on", async () => {
    const [one, two] = CERTIFICATES;
    const source = changing(one!);
    const server = await startServer({ listen, certificates: source });
    const port = portOf(server, "tls");
    const before = openTls(port, one!.certificate);
    expect(await before.secure).toStartWith("true");
    source.change(two!);
    expect(await openTls(port, two!.certificate).secure).toStartWith("true");
    expect(await openTls(port, one!.certificate).secure).toBe("error");
    before.socket.write(framed(queryPacket("www.shop.test.", "A")));
    await before.messages.count(1);
  });

  test("who does not finish the handshake is left", async () => {
    const server = await startServer({
      listen,
      certificates: changing(CERTIFICATES[0]!),
      streams: { idleTimeout: 200 },
    });
    const { closed } = openTcp(portOf(server, "tls"));
    await closed;
  });

  test("needs a certificate", () => {
    expect(startDnsServer({ zones: shopZones(), listen })).rejects.toThrow("certificate");
  });
});
