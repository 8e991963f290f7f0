/** Answers that come later: over UDP, TCP and HTTPS, in any order, beside those that are there at once. */
import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { Responder } from "../authority/responder.ts";
import { ResponseRateLimiter, RATE_LIMIT } from "../authority/response-rate-limiter.ts";
import { queryPacket, shopZones } from "../authority/zones-for-tests.ts";
import { type DnsMessage, readMessage } from "../wire/message.ts";
import { RecordType, ResponseCode } from "../wire/record-type.ts";
import { startDnsServer, type RunningDnsServer } from "./dns-server.ts";
import { createDohHandler, DNS_MESSAGE } from "./doh.ts";
import { LaterSource } from "./later-source-for-tests.ts";

const HOST = "127.0.0.1";
const FIRST = [203, 0, 113, 1];
const SECOND = [203, 0, 113, 2];
const cleanups: Array<() => unknown> = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(source: LaterSource): Promise<RunningDnsServer> {
  const listen = [
    { transport: "udp", host: HOST, port: 0 },
    { transport: "tcp", host: HOST, port: 0 },
  ] as const;
  const server = await startDnsServer({ zones: shopZones(), listen, rateLimit: false, sources: [source] });
  cleanups.push(() => server.stop(0));
  return server;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries++) await Bun.sleep(2);
  expect(condition()).toBe(true);
}

/** Id, code and addresses. */
function summary({ id, flags, answers }: DnsMessage): readonly [number, number, readonly number[][]] {
  return [id, flags & 15, answers.map(({ data }) => [...data])];
}

async function openUdp(port: number): Promise<{ ask(packet: Uint8Array): void; answers: DnsMessage[] }> {
  const answers: DnsMessage[] = [];
  const socket = await Bun.udpSocket({
    hostname: HOST,
    socket: { data: (_, bytes) => void answers.push(readMessage(Uint8Array.from(bytes))) },
  });
  cleanups.push(() => socket.close());
  return { ask: (packet) => void socket.send(packet, port, HOST), answers };
}

function openTcp(port: number): { ask(packet: Uint8Array): void; answers: DnsMessage[] } {
  const answers: DnsMessage[] = [];
  let rest = Buffer.alloc(0);
  const socket = connect({ port, host: HOST });
  socket.on("data", (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      answers.push(readMessage(Uint8Array.from(rest.subarray(2, end))));
      rest = rest.subarray(end);
    }
  });
  cleanups.push(() => socket.destroy());
  const ask = (packet: Uint8Array): void =>
    void socket.write(Buffer.concat([Buffer.of(packet.length >> 8, packet.length & 0xff), packet]));
  return { ask, answers };
}

describe.each(["udp", "tcp"] as const)("over %s", (transport) => {
  test("who waits holds nobody up, and each gets its own answer", async () => {
    const source = new LaterSource();
    const server = await start(source);
    const { port } = server.listening.find((one) => one.transport === transport)!;
    const { ask, answers } = transport === "udp" ? await openUdp(port) : openTcp(port);
    ask(queryPacket("one.example.", "A", { id: 1 }));
    ask(queryPacket("TWO.example.", "A", { id: 2, opt: {} }));
    ask(queryPacket("www.shop.test.", "A", { id: 3 }));
    await until(() => answers.length === 1 && source.waiting.length === 2);
    expect(summary(answers[0]!)).toEqual([3, ResponseCode.NOERROR, [[192, 0, 2, 80]]]);
    expect(source.waiting.map((one) => one.transport)).toEqual([transport, transport]);
    // The last comes first.
    source.waiting.reverse();
    source.give(SECOND);
    await until(() => answers.length === 2);
    expect(summary(answers[1]!)).toEqual([2, ResponseCode.NOERROR, [SECOND]]);
    expect(Buffer.from(answers[1]!.questions[0]!.name).latin1Slice()).toBe("\x03TWO\x07example\0");
    expect(answers[1]!.additional.map(({ type }) => type)).toEqual([RecordType.OPT]);
    source.give();
    await until(() => answers.length === 3);
    expect(summary(answers[2]!)).toEqual([1, ResponseCode.SERVFAIL, []]);
    // What is known by now comes at once; what is nobody's is refused.
    ask(queryPacket("two.example.", "A", { id: 4 }));
    ask(queryPacket("two.example.", "MX", { id: 5 }));
    await until(() => answers.length === 5);
    expect(answers.slice(3).map(summary)).toEqual([
      [4, ResponseCode.NOERROR, [SECOND]],
      [5, ResponseCode.REFUSED, []],
    ]);
    const { queries, responseCodes } = server.statistics();
    expect(queries[transport]).toBe(5);
    expect([...responseCodes]).toEqual([
      [ResponseCode.NOERROR, 3],
      [ResponseCode.SERVFAIL, 1],
      [ResponseCode.REFUSED, 1],
    ]);
  });
});

describe("over HTTPS", () => {
  test.each(["GET", "POST", "HEAD"])("%s waits for the answer", async (method) => {
    const source = new LaterSource();
    const handle = createDohHandler(new Responder(shopZones(), { sources: [source] }));
    const packet = queryPacket("one.example.", "A", { id: 0 });
    const parameter = method === "POST" ? "" : `?dns=${Buffer.from(packet).toString("base64url")}`;
    const body = method === "POST" ? { body: Uint8Array.from(packet), headers: { "content-type": DNS_MESSAGE } } : {};
    const request = new Request(`https://dns.test/dns-query${parameter}`, { method, ...body });
    const response = handle(request, { clientAddress: "192.0.2.1" });
    await until(() => source.waiting.length === 1);
    expect(source.waiting[0]!.transport).toBe("https");
    source.give(FIRST);
    const { status, headers } = await response;
    expect([status, headers.get("cache-control"), headers.get("content-type")]).toEqual([
      200,
      "max-age=60",
      DNS_MESSAGE,
    ]);
    const bytes = await (await response).bytes();
    if (method === "HEAD") expect(bytes).toHaveLength(0);
    else expect(summary(readMessage(bytes))).toEqual([0, ResponseCode.NOERROR, [FIRST]]);
  });
});

test("the rate limit holds for answers that come later", async () => {
  const source = new LaterSource();
  const rateLimiter = new ResponseRateLimiter({ ...RATE_LIMIT, rate: 1, slip: 0 });
  const responder = new Responder(shopZones(), { sources: [source], rateLimiter });
  const client = { address: "192.0.2.1", port: 53, transport: "udp" } as const;
  const packet = queryPacket("one.example.", "A", {});
  let sent = 0;
  const asked = Array.from({ length: 5 }, () => {
    expect(responder.respond(packet, 0, packet.length, new Uint8Array(1_232), 0, 1_232, client)).toBe(-1);
    return responder.handler!.handle(packet, client, () => {
      sent++;
      return true;
    });
  });
  for (let left = source.waiting.length; left > 0; left--) source.give(FIRST);
  await Promise.all(asked);
  expect(sent).toBe(1);
});
