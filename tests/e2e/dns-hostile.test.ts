/** Clients that send rubbish, go away in the middle, or never read: the others are answered all the while. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { DNS_WORDS, dnsSeeds, PACKET } from "../../fuzz/support/dns-inputs.ts";
import { mutate } from "../../fuzz/support/mutate.ts";
import { Random } from "../../fuzz/support/random.ts";
import { writeMessage } from "../../src/dns/wire/message.ts";
import { askOverTcp, UdpAsker } from "../support/dns-client.ts";
import { wireName, zoneText } from "../support/dns-zones.ts";
import { startTestDns, type TestDnsServer } from "./support/dns-server.ts";
import { until } from "./support/processes.ts";

setDefaultTimeout(30_000);

const SEED = 3;
const CONNECTIONS = 600;
const AT_ONCE = 40;
const MESSAGES = 30;

let dns: TestDnsServer;

beforeAll(async () => {
  dns = await startTestDns([zoneText("example.test")]);
});
afterAll(() => dns.stop());

function query(type = 1): Uint8Array {
  const name = wireName(type === 16 ? "huge.example.test." : "www.example.test.");
  return writeMessage({ id: 0, flags: 0, questions: [{ name, type, class: 1 }] });
}

function framed(message: Uint8Array, length = message.length): Buffer {
  return Buffer.concat([Uint8Array.of(length >> 8, length & 0xff), message]);
}

/** Mutated queries, some with a wrong length before them. */
function rubbish(random: Random, pool: Buffer[]): Buffer {
  const messages = Array.from({ length: MESSAGES }, () => mutate(random, random.pick(pool), pool, DNS_WORDS[PACKET]!));
  return Buffer.concat(
    messages.map((message) => framed(message, random.below(20) === 0 ? random.below(65_536) : message.length)),
  );
}

/** Sends the bytes in pieces, then resets, ends, or waits a while. */
function pester(random: Random, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(dns.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
    socket.on("connect", () => {
      const longest = random.pick([3, 50, 5_000]);
      for (let at = 0; at < bytes.length;) {
        const next = at + 1 + random.below(longest);
        socket.write(bytes.subarray(at, next));
        at = next;
      }
      const end = random.below(3);
      if (end === 0) socket.destroy();
      else if (end === 1) socket.end();
      setTimeout(() => socket.destroy(), 50);
    });
  });
}

describe("over TCP", () => {
  test("rubbish in pieces costs nobody an answer, and leaves nothing behind", async () => {
    const random = new Random(SEED);
    const pool = dnsSeeds()[PACKET]!;
    const asker = new UdpAsker(dns.port);
    try {
      for (let made = 0; made < CONNECTIONS; made += AT_ONCE) {
        const pests = Array.from({ length: AT_ONCE }, () => pester(random, rubbish(random, pool)));
        const answers = await askOverTcp(dns.port, [query(), query(), query()]);
        expect(answers).toHaveLength(3);
        await Promise.all([...pests, asker.ask(query())]);
      }
    } finally {
      asker.close();
    }
    await until("no connection is left", () => dns.server.statistics().connections === 0);
  });

  test("a client that asks and never reads is not answered without end", async () => {
    const socket: Socket = connect(dns.port, "127.0.0.1");
    socket.pause();
    socket.on("error", () => {});
    const batch = Buffer.concat(Array.from({ length: 500 }, () => framed(query(16))));
    const before = process.memoryUsage().rss;
    // 10 KB for every question: half a gigabyte, if somebody kept it.
    for (let sent = 0; sent < 100; sent++) socket.write(batch);
    await Bun.sleep(1_000);
    expect(await askOverTcp(dns.port, [query()])).toHaveLength(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    socket.destroy();
    await until("no connection is left", () => dns.server.statistics().connections === 0);
  });
});
