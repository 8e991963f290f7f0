import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { DynamicAnswer } from "../../authority/dynamic-answer.ts";
import type { MessageHandler } from "../../authority/message-handler.ts";
import { Responder } from "../../authority/responder.ts";
import type { ZoneSet } from "../../authority/zone-set.ts";
import {
  authoritativeZone,
  optionsOf,
  queryPacket,
  SHOP,
  shopZones,
  wireName,
} from "../../authority/zones-for-tests.ts";
import { type DnsMessage, readMessage } from "../../wire/message.ts";
import { RecordType, ResponseCode } from "../../wire/record-type.ts";
import { type DnsServerOptions, type RunningDnsServer, startDnsServer } from "../dns-server.ts";
import { BatchedListener } from "./batched-listener.ts";
import { canBatch } from "./batch-socket.ts";

const HOST = "127.0.0.1";
if (!canBatch()) console.warn("SKIPPED: batched UDP needs Linux and the GNU C library");

async function start(zones: ZoneSet, options: Partial<DnsServerOptions> = {}): Promise<RunningDnsServer> {
  return startDnsServer({
    zones,
    listen: [{ transport: "udp", host: HOST, port: 0, batched: true }],
    rateLimit: false,
    ...options,
  });
}

class Client {
  readonly answers = new Map<number, DnsMessage>();
  #socket: Bun.udp.Socket<"uint8array"> | null = null;
  readonly #port: number;
  readonly #host: string;
  #waiting: (() => void) | null = null;

  constructor(server: { readonly listening: ReadonlyArray<{ readonly port: number }> }, host = HOST) {
    this.#port = server.listening[0]!.port;
    this.#host = host;
  }

  async open(): Promise<this> {
    this.#socket = await Bun.udpSocket({
      hostname: this.#host,
      binaryType: "uint8array",
      socket: {
        data: (_, bytes) => {
          const message = readMessage(bytes);
          this.answers.set(message.id, message);
          this.#waiting?.();
        },
        error() {},
      },
    });
    return this;
  }

  send(packet: Uint8Array): void {
    this.#socket!.send(packet, this.#port, this.#host);
  }

  async ask(packet: Uint8Array): Promise<DnsMessage> {
    const id = (packet[0]! << 8) | packet[1]!;
    this.answers.delete(id);
    this.send(packet);
    return this.wait(() => this.answers.get(id) ?? null);
  }

  async wait<Value>(look: () => Value | null): Promise<Value> {
    for (;;) {
      const value = look();
      if (value !== null) return value;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  close(): void {
    this.#socket!.close();
  }
}

describe.skipIf(!canBatch())("a batched listener", () => {
  let zones: ZoneSet;
  let server: RunningDnsServer;
  let client: Client;
  const handler: MessageHandler = {
    handles: (query) => query.type === RecordType.IXFR,
    async handle(message, { address, transport }, send) {
      await Bun.sleep(1);
      expect([address, transport]).toEqual([HOST, "udp"]);
      await send(Uint8Array.from(message, (byte, at) => (at === 2 ? byte | 0x80 : byte)));
    },
  };

  beforeAll(async () => {
    zones = shopZones();
    server = await start(zones, { nsid: "thread", handlers: [handler] });
    client = await new Client(server).open();
  });

  afterAll(async () => {
    client.close();
    await server.stop();
  });

  afterEach(() => {
    zones.set(authoritativeZone("shop.test.", SHOP));
  });

  test("answers, many at a time", async () => {
    for (let id = 0; id < 2_000; id++) {
      client.send(queryPacket(id % 2 === 0 ? "www.shop.test." : "none.shop.test.", "A", { id }));
      if (id % 100 === 0) await client.wait(() => (client.answers.size >= id ? true : null));
    }
    await client.wait(() => (client.answers.size >= 2_000 ? true : null));
    for (let id = 0; id < 2_000; id++) {
      const message = client.answers.get(id)!;
      expect([message.flags & 15, message.answers.length]).toEqual(id % 2 === 0 ? [0, 1] : [ResponseCode.NXDOMAIN, 0]);
    }
    expect(server.statistics()).toMatchObject({ queries: { udp: 2_000 }, unsent: 0 });
  });

  test("a client whose port has closed costs no other its answer", async () => {
    client.answers.clear();
    for (let id = 0; id < 400; id++) {
      const gone = await new Client(server).open();
      gone.send(queryPacket("www.shop.test.", "A"));
      gone.close();
      client.send(queryPacket("www.shop.test.", "A", { id }));
      if (id % 50 === 49) await client.wait(() => (client.answers.size > id ? true : null));
    }
    expect(client.answers.size).toBe(400);
  });

  test("has the server's NSID, and cookies that the whole server knows", async () => {
    const options = [
      [3, ""],
      [10, "0102030405060708"],
    ] as const;
    const first = optionsOf((await client.ask(queryPacket("www.shop.test.", "A", { opt: { options } }))).additional)!;
    expect(first.get(3)).toBe(Buffer.from("thread").toString("hex"));
    const before = server.statistics().events.cookieValid;
    const packet = queryPacket("www.shop.test.", "A", { opt: { options: [[10, first.get(10)!]] } });
    await client.ask(packet);
    const main = server.responder;
    main.respond(packet, 0, packet.length, new Uint8Array(512), 0, 512, { address: HOST, port: 1, transport: "udp" });
    expect(server.statistics().events.cookieValid).toBe(before + 2);
  });

  test("a zone that is replaced, added or taken away is so in the thread", async () => {
    const address = async (name: string): Promise<string> => {
      const { flags, answers } = await client.ask(queryPacket(name, "A"));
      return answers[0] === undefined ? `code ${flags & 15}` : answers[0].data.join(".");
    };
    expect(await address("www.shop.test.")).toBe("192.0.2.80");
    zones.set(authoritativeZone("shop.test.", SHOP.replace("192.0.2.80", "192.0.2.99")));
    zones.set(authoritativeZone("new.test.", "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.7\n"));
    for (let tries = 0; tries < 40 && (await address("a.new.test.")) !== "192.0.2.7"; tries++) await Bun.sleep(25);
    expect([await address("www.shop.test."), await address("a.new.test.")]).toEqual(["192.0.2.99", "192.0.2.7"]);
    zones.delete(wireName("new.test."));
    for (let tries = 0; tries < 40 && (await address("a.new.test.")) !== "code 5"; tries++) await Bun.sleep(25);
    expect(await address("a.new.test.")).toBe("code 5");
  });

  test("what depends on the client is answered by the main thread", async () => {
    const zone = authoritativeZone(
      "steered.test.",
      "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n@ 60 MX 1 a\na 60 A 192.0.2.7\n",
    );
    const seen: string[] = [];
    const dynamic = {
      subnetScope: -1,
      extendedError: 0,
      types: [RecordType.A],
      answer(_: unknown, { address, transport }: { address: string; transport: string }) {
        seen.push(`${transport} ${address}`);
        return null;
      },
    };
    zone.dynamic.set(0, dynamic as unknown as DynamicAnswer);
    zones.set(zone);
    const packet = queryPacket("steered.test.", "MX");
    for (let tries = 0; tries < 40 && seen.length === 0; tries++) {
      await client.ask(packet);
      await Bun.sleep(25);
    }
    expect(seen[0]).toBe(`udp ${HOST}`);
    expect((await client.ask(packet)).answers).toHaveLength(1);
    zones.delete(wireName("steered.test."));
  });

  test("handlers are called in the main thread, and answer over the same socket", async () => {
    const before = server.statistics();
    const { flags, id } = await client.ask(queryPacket("shop.test.", "IXFR", { id: 77 }));
    expect([flags & 0x8000, id]).toEqual([0x8000, 77]);
    const { queries, events } = server.statistics();
    expect([queries.udp - before.queries.udp, events.handedOver - before.events.handedOver]).toEqual([1, 1]);
  });

  test("drops what is no query", async () => {
    client.send(new Uint8Array(3));
    client.send(new Uint8Array(5_000));
    expect((await client.ask(queryPacket("www.shop.test.", "A"))).answers).toHaveLength(1);
  });
});

describe.skipIf(!canBatch())("starting and stopping", () => {
  test("a port that is taken is told, and one that was given back can be had", async () => {
    const server = await start(shopZones());
    const { port } = server.listening[0]!;
    const listen = [{ transport: "udp", host: HOST, port, batched: true }] as const;
    const error = await startDnsServer({ zones: shopZones(), listen }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "EADDRINUSE" });
    await server.stop();
    const again = await startDnsServer({ zones: shopZones(), listen });
    expect(again.listening).toMatchObject([{ port, batched: true }]);
    await again.stop();
  });

  test("a thread that fails is replaced, over the same socket", async () => {
    const zones = shopZones();
    const settings = {
      cookieSecret: new Uint8Array(16),
      cookiesRequiredAbove: Infinity,
      rateLimit: null,
      exempt: [],
      nsid: "",
      chaos: {},
      hasHandlers: false,
    };
    const listener = await BatchedListener.start(new Responder(zones), zones, HOST, 0, settings);
    const client = await new Client({ listening: [listener] }).open();
    const packet = queryPacket("www.shop.test.", "A");
    await client.ask(packet);
    // No secret has 15 bytes.
    listener.rotate(new Uint8Array(15));
    listener.rotate(new Uint8Array(16));
    await Bun.sleep(150);
    // Read by the thread that comes.
    expect((await client.ask(packet)).answers).toHaveLength(1);
    await listener.stop();
    client.close();
  });

  test("IPv6", async () => {
    const listen = [{ transport: "udp", host: "::1", port: 0, batched: true }] as const;
    const server = await startDnsServer({ zones: shopZones(), listen, exempt: ["::1/128"] });
    const client = await new Client(server, "::1").open();
    expect((await client.ask(queryPacket("www.shop.test.", "A"))).answers).toHaveLength(1);
    client.close();
    await server.stop();
  });

  test("limits answers, but not those of exempt networks", async () => {
    const rateLimit = { rate: 5, slip: 0 };
    for (const [exempt, sent] of [
      [[], 5],
      [["127.0.0.0/8"], 30],
    ] as const) {
      const server = await start(shopZones(), { rateLimit, exempt });
      const client = await new Client(server).open();
      for (let id = 0; id < 30; id++) client.send(queryPacket("www.shop.test.", "A", { id }));
      // Another kind of answer, which comes when the others have been dealt with.
      await client.ask(queryPacket("none.shop.test.", "A", { id: 999 }));
      expect(client.answers.size).toBe(sent + 1);
      expect(server.statistics().events.rateDropped).toBe(30 - sent);
      client.close();
      await server.stop();
    }
  });
});
