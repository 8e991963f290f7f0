import { afterEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { CertificatePair, CertificateSource } from "../../contract/certificate-source.ts";
import { makeCertificate } from "../../tls/certificate-for-tests.ts";
import type { MessageHandler } from "../authority/message-handler.ts";
import { queryPacket, shopZones } from "../authority/zones-for-tests.ts";
import { readMessage } from "../wire/message.ts";
import { Flag, RecordType } from "../wire/record-type.ts";
import { type DnsServerOptions, type RunningDnsServer, startDnsServer } from "./dns-server.ts";

const HOST = "127.0.0.1";
/** Of the same server: what it has, and what it gets. */
const CERTIFICATES = await Promise.all(
  ["first", "second"].map(() => makeCertificate({ names: ["dns.shop.test", "localhost", HOST] })),
);
const running: RunningDnsServer[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of running.splice(0)) await server.stop(0);
});

async function start(options: Partial<DnsServerOptions> = {}): Promise<RunningDnsServer> {
  const listen = [
    { transport: "udp", host: HOST, port: 0 },
    { transport: "tcp", host: HOST, port: 0 },
  ] as const;
  const server = await startDnsServer({ zones: shopZones(), listen, rateLimit: false, ...options });
  running.push(server);
  return server;
}

function portOf(server: RunningDnsServer, transport: "udp" | "tcp" | "tls"): number {
  return server.listening.find((one) => one.transport === transport)!.port;
}

function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]);
}

/** Splits a stream into its messages. */
class Messages {
  readonly all: Uint8Array[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #wanted = 0;
  #resolve: (() => void) | null = null;

  add(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length >= 2 && this.#bytes.length >= 2 + this.#bytes.readUInt16BE(0)) {
      const end = 2 + this.#bytes.readUInt16BE(0);
      this.all.push(Uint8Array.from(this.#bytes.subarray(2, end)));
      this.#bytes = this.#bytes.subarray(end);
    }
    if (this.all.length >= this.#wanted) this.#resolve?.();
  }

  count(wanted: number): Promise<void> {
    this.#wanted = wanted;
    if (this.all.length >= wanted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}

interface StreamClient {
  readonly socket: Socket;
  readonly messages: Messages;
  /** Resolves when the server has closed; the number of bytes is not of interest. */
  readonly closed: Promise<void>;
}

function openTcp(port: number): StreamClient {
  return follow(connect({ port, host: HOST, allowHalfOpen: true }));
}

function follow(socket: Socket): StreamClient {
  sockets.push(socket);
  const messages = new Messages();
  socket.on("data", (bytes) => messages.add(bytes as Buffer));
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on("end", resolve);
    socket.on("close", () => resolve());
  });
  return { socket, messages, closed };
}

/** A UDP client; `answers` by id. */
async function openUdp(port: number): Promise<{
  ask: (packet: Uint8Array) => void;
  answers: Map<number, Uint8Array>;
  close: () => void;
}> {
  const answers = new Map<number, Uint8Array>();
  const socket = await Bun.udpSocket({
    hostname: HOST,
    binaryType: "uint8array",
    socket: {
      data: (_, bytes) => void answers.set((bytes[0]! << 8) | bytes[1]!, bytes),
      error() {},
    },
  });
  return { ask: (packet) => void socket.send(packet, port, HOST), answers, close: () => socket.close() };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !condition(); tries++) await Bun.sleep(10);
}

describe("UDP", () => {
  test("answers, each to who asked", async () => {
    const server = await start({ nsid: "here" });
    const clients = await Promise.all([1, 2, 3].map(() => openUdp(portOf(server, "udp"))));
    for (let index = 0; index < 300; index++) {
      clients[index % 3]!.ask(queryPacket(index % 2 === 0 ? "www.shop.test." : "none.shop.test.", "A", { id: index }));
    }
    await until(() => clients.every(({ answers }) => answers.size === 100));
    for (const [index, { answers, close }] of clients.entries()) {
      expect([...answers.keys()].every((id) => id % 3 === index)).toBe(true);
      for (const [id, bytes] of answers) expect(readMessage(bytes).answers).toHaveLength(id % 2 === 0 ? 1 : 0);
      close();
    }
    expect(server.statistics()).toMatchObject({ queries: { udp: 300 }, unsent: 0 });
  });

  test("a client whose port has closed costs no other its answer", async () => {
    const server = await start();
    const port = portOf(server, "udp");
    const other = await openUdp(port);
    let gone = 0;
    for (let index = 0; index < 1_000; index++) {
      if (index % 4 === 0) {
        // The answer finds nobody, and ICMP says so to the server's socket.
        const client = await openUdp(port);
        client.ask(queryPacket("www.shop.test.", "A"));
        client.close();
        gone++;
      }
      other.ask(queryPacket("www.shop.test.", "A", { id: index }));
      // Sockets hold some 200 datagrams, and both ends live in one thread here.
      if (index % 20 === 0) await until(() => other.answers.size === index + 1);
    }
    await until(() => other.answers.size === 1_000);
    expect([gone, other.answers.size]).toEqual([250, 1_000]);
    other.close();
  });

  test("a handler's messages go to who asked, and its failure hurts nobody", async () => {
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.IXFR,
      async handle(message, client, send) {
        await Bun.sleep(1);
        if (message[1] === 2) throw new Error("no");
        expect([client.transport, client.address]).toEqual(["udp", HOST]);
        expect(send(message)).toBe(true);
      },
    };
    const server = await start({ handlers: [handler] });
    const { ask, answers, close } = await openUdp(portOf(server, "udp"));
    ask(queryPacket("shop.test.", "IXFR", { id: 2 }));
    ask(queryPacket("shop.test.", "IXFR", { id: 1 }));
    ask(queryPacket("www.shop.test.", "A", { id: 3 }));
    await until(() => answers.size === 2);
    expect([...answers.keys()].toSorted((a, b) => a - b)).toEqual([1, 3]);
    close();
  });
});

describe("TCP", () => {
  test("stands on the same port as UDP, and answers pipelined queries of any cut", async () => {
    const server = await start();
    expect(portOf(server, "tcp")).toBe(portOf(server, "udp"));
    const { socket, messages } = openTcp(portOf(server, "tcp"));
    const queries = Array.from({ length: 50 }, (_, id) => framed(queryPacket("big.shop.test.", "TXT", { id })));
    const bytes = Buffer.concat(queries);
    for (let at = 0; at < bytes.length; at += 37) {
      socket.write(bytes.subarray(at, at + 37));
      if (at % 3 === 0) await Bun.sleep(0);
    }
    await messages.count(50);
    expect(messages.all.map((message) => readMessage(message).id)).toEqual(queries.map((_, id) => id));
    for (const message of messages.all) expect(readMessage(message)).toMatchObject({ flags: Flag.QR | Flag.AA });
  });

  test("a client that has said all it had to say (FIN) is answered before it is left", async () => {
    const server = await start();
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    socket.end(Buffer.concat([framed(queryPacket("www.shop.test.", "A", { id: 1 })), Buffer.of(0)]));
    await closed;
    expect(messages.all).toHaveLength(1);
    await until(() => server.statistics().connections === 0);
    expect(server.statistics().connections).toBe(0);
  });

  test("who does not speak DNS is left", async () => {
    const server = await start();
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    socket.write(Buffer.from("\0\x05hello"));
    await closed;
    expect(messages.all).toEqual([]);
  });

  test("an idle connection is closed, also one that sends a byte now and then", async () => {
    const server = await start({ streams: { idleTimeout: 300 } });
    const clients = [1, 2].map(() => openTcp(portOf(server, "tcp")));
    const begun = performance.now();
    // The begin of a message of 257 bytes.
    const dripping = setInterval(() => clients[1]!.socket.write(Buffer.of(1)), 50);
    await Promise.all(clients.map(({ closed }) => closed));
    clearInterval(dripping);
    const elapsed = performance.now() - begun;
    expect(elapsed).toBeGreaterThan(250);
    expect(elapsed).toBeLessThan(2_000);
  });

  test("a connection in use is not idle", async () => {
    const server = await start({ streams: { idleTimeout: 300 } });
    const { socket, messages } = openTcp(portOf(server, "tcp"));
    for (let id = 0; id < 8; id++) {
      socket.write(framed(queryPacket("www.shop.test.", "A", { id })));
      await Bun.sleep(100);
    }
    await messages.count(8);
    expect(server.statistics().connections).toBe(1);
  });

  test("limits: connections in all, of one client, and queries on one", async () => {
    const server = await start({ streams: { connections: 3, connectionsPerClient: 2, messagesPerConnection: 2 } });
    const port = portOf(server, "tcp");
    const kept = [openTcp(port), openTcp(port)];
    await until(() => server.statistics().connections === 2);
    const third = openTcp(port);
    await third.closed;
    expect(server.statistics()).toMatchObject({ connections: 2, connectionsRefused: 1 });
    const { socket, messages, closed } = kept[0]!;
    socket.write(Buffer.concat([1, 2, 3].map((id) => framed(queryPacket("www.shop.test.", "A", { id })))));
    await closed;
    expect(messages.all.map((message) => readMessage(message).id)).toEqual([1, 2]);
    await until(() => server.statistics().connections === 1);
    const again = openTcp(port);
    again.socket.write(framed(queryPacket("www.shop.test.", "A")));
    await again.messages.count(1);
  });

  test("who asks and does not read is not read either, and then cut off", async () => {
    const server = await start({ streams: { idleTimeout: 400, messagesPerConnection: 1e9 } });
    const { socket } = openTcp(portOf(server, "tcp"));
    socket.pause();
    const count = 20_000;
    const query = framed(queryPacket("big.shop.test.", "TXT"));
    socket.write(Buffer.concat(Array.from({ length: count }, () => query)));
    await until(() => server.statistics().connections === 1);
    await until(() => server.statistics().connections === 0);
    // It was left long before all was answered, which would be 33 MB.
    expect(server.statistics().connections).toBe(0);
    expect(server.statistics().queries.tcp).toBeLessThan(count);
  });

  test("who reads late gets all, in order", async () => {
    const server = await start({ streams: { messagesPerConnection: 1e9 } });
    const { socket, messages } = openTcp(portOf(server, "tcp"));
    socket.pause();
    const count = 10_000;
    for (let id = 0; id < count; id++) socket.write(framed(queryPacket("big.shop.test.", "TXT", { id })));
    await Bun.sleep(100);
    expect(server.statistics().queries.tcp).toBeLessThan(count);
    socket.resume();
    await messages.count(count);
    expect(messages.all.findIndex((message, id) => ((message[0]! << 8) | message[1]!) !== id)).toBe(-1);
  });

  test("a handler sends many messages as fast as the client takes them", async () => {
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      async handle(_, __, send) {
        for (let id = 0; id < 400; id++) {
          const message = new Uint8Array(20_000);
          message[0] = id >> 8;
          message[1] = id;
          const sent = send(message);
          if (sent === false) return;
          if (sent !== true) await sent;
        }
      },
    };
    const server = await start({ handlers: [handler] });
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    socket.end(framed(queryPacket("shop.test.", "AXFR")));
    socket.pause();
    await Bun.sleep(50);
    socket.resume();
    await closed;
    expect(messages.all.map((message) => (message[0]! << 8) | message[1]!)).toEqual(
      Array.from({ length: 400 }, (_, id) => id),
    );
  });

  test("handlers are at 8 messages of a connection at most; what is behind waits its turn", async () => {
    let now = 0;
    let most = 0;
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      async handle(message, _, send) {
        most = Math.max(most, ++now);
        await Bun.sleep(5);
        now--;
        await send(message);
      },
    };
    const server = await start({ handlers: [handler] });
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    const queries = Array.from({ length: 40 }, (_, id) => framed(queryPacket("shop.test.", "AXFR", { id })));
    socket.end(Buffer.concat([...queries, framed(queryPacket("www.shop.test.", "A", { id: 40 }))]));
    await closed;
    expect(most).toBe(8);
    const ids = messages.all.map((message) => (message[0]! << 8) | message[1]!);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_, id) => id));
  });

  test("a handler that fails cuts its connection off", async () => {
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      handle: () => Promise.reject(new Error("no")),
    };
    const server = await start({ handlers: [handler] });
    const { socket, closed } = openTcp(portOf(server, "tcp"));
    socket.write(framed(queryPacket("shop.test.", "AXFR")));
    await closed;
    await until(() => server.statistics().connections === 0);
    expect(server.statistics().connections).toBe(0);
  });
});

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
    const server = await start({ listen, certificates: changing(one!) });
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
    const server = await start({ listen, certificates: source });
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
    const server = await start({ listen, certificates: changing(CERTIFICATES[0]!), streams: { idleTimeout: 200 } });
    const { closed } = openTcp(portOf(server, "tls"));
    await closed;
  });

  test("needs a certificate", () => {
    expect(startDnsServer({ zones: shopZones(), listen })).rejects.toThrow("certificate");
  });
});

describe("stop", () => {
  test("gives ports back, lets handlers finish, and cuts off what takes too long", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      async handle(message, _, send) {
        await promise;
        await send(message);
      },
    };
    const server = await start({ handlers: [handler] });
    const port = portOf(server, "tcp");
    const busy = openTcp(port);
    const idle = openTcp(port);
    busy.socket.write(framed(queryPacket("shop.test.", "AXFR")));
    await until(() => server.statistics().events.handedOver === 1 && server.statistics().connections === 2);
    const stopped = server.stop(2_000);
    await idle.closed;
    resolve();
    await stopped;
    await busy.closed;
    expect(busy.messages.all).toHaveLength(1);
    const listening = [
      { transport: "udp", host: HOST, port },
      { transport: "tcp", host: HOST, port },
    ] as const;
    const again = await start({ listen: listening });
    expect(again.listening).toEqual(listening);
  });

  test("listens everywhere or nowhere", async () => {
    const server = await start();
    const port = portOf(server, "tcp");
    const listen = [
      { transport: "udp", host: HOST, port: 0 },
      { transport: "tcp", host: HOST, port },
    ] as const;
    expect(startDnsServer({ zones: shopZones(), listen })).rejects.toThrow();
  });
});

describe("real clients", () => {
  const dig = Bun.which("dig");
  const kdig = Bun.which("kdig");
  if (dig === null) console.warn("SKIPPED: dig is not installed (Debian: bind9-dnsutils)");
  if (kdig === null) console.warn("SKIPPED: kdig is not installed (Debian: knot-dnsutils)");

  async function run(...words: string[]): Promise<string> {
    return new Response(Bun.spawn(words, { stdout: "pipe" }).stdout).text();
  }

  test.skipIf(dig === null)("dig: cookies, NSID, and TCP where UDP is too small", async () => {
    const server = await start({ nsid: "ams-1" });
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
    const source = { current: () => CERTIFICATES[0]!, onChange: () => () => {} };
    const server = await start({ listen, certificates: source });
    const tls = await run(kdig!, `@${HOST}`, "-p", String(portOf(server, "tls")), "+tls", "+padding", "www.shop.test");
    expect(tls).toContain("TLS session");
    expect(tls).toContain("Received 468 B");
    const tcp = ["-p", String(portOf(server, "tcp")), "+tcp", "+keepopen", "+short", "www.shop.test", "mail.shop.test"];
    expect(await run(kdig!, `@${HOST}`, ...tcp)).toBe("192.0.2.80\n192.0.2.25\n");
  });
});
