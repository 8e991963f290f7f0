import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type DnsMessage, readMessage, writeMessage } from "../wire/message.ts";
import { Flag, Opcode, RecordType, ResponseCode } from "../wire/record-type.ts";
import type { DnsClient } from "./dns-client.ts";
import type { DynamicAnswer } from "./dynamic-answer.ts";
import type { MessageHandler } from "./message-handler.ts";
import { HANDED_OVER, Responder, type ResponderOptions } from "./responder.ts";
import { ResponderStatistics } from "./responder-statistics.ts";
import { RATE_LIMIT, ResponseRateLimiter } from "./response-rate-limiter.ts";
import { ServerCookies } from "./server-cookies.ts";
import { optionsOf, queryPacket, shopZones, wireName } from "./zones-for-tests.ts";

const UDP: DnsClient = { address: "192.0.2.1", port: 5353, transport: "udp" };
const TCP: DnsClient = { ...UDP, transport: "tcp" };
const TLS: DnsClient = { ...UDP, transport: "tls" };
const CLIENT_COOKIE = "0102030405060708";

function responder(options: ResponderOptions = {}): Responder {
  return new Responder(shopZones(), options);
}

function bytesOf(one: Responder, packet: Uint8Array, client: DnsClient = UDP, limit?: number): Uint8Array | null {
  const out = new Uint8Array(70_000).fill(0xee);
  const most = limit ?? (client.transport === "udp" ? 1_232 : 65_535);
  const length = one.respond(packet, 0, packet.length, out, 7, most, client);
  // Records that were written before one did not fit may stand behind the answer, but never behind the limit.
  expect(out[7 + most]).toBe(0xee);
  expect(length).toBeLessThanOrEqual(most);
  return length > 0 ? out.slice(7, 7 + length) : null;
}

interface Answer extends DnsMessage {
  /** With the upper bits that OPT has. */
  readonly code: number;
  readonly options: Map<number, string> | null;
  readonly length: number;
}

function ask(one: Responder, packet: Uint8Array, client: DnsClient = UDP, limit?: number): Answer {
  const bytes = bytesOf(one, packet, client, limit);
  if (bytes === null) throw new Error("no answer");
  const message = readMessage(bytes);
  const opt = message.additional.find((record) => record.type === RecordType.OPT);
  const code = (message.flags & 15) | (((opt?.ttl ?? 0) >>> 24) << 4);
  return { ...message, code, options: optionsOf(message.additional), length: bytes.length };
}

describe("header and question", () => {
  test("the question comes back letter by letter, with id, RD and CD", () => {
    const packet = queryPacket("WwW.sHop.teST.", "A", { id: 0xabcd, flags: Flag.RD | Flag.CD | Flag.AD });
    const bytes = bytesOf(responder(), packet)!;
    expect(Buffer.from(bytes.subarray(12, packet.length))).toEqual(Buffer.from(packet.subarray(12)));
    expect(readMessage(bytes)).toMatchObject({ id: 0xabcd, flags: Flag.QR | Flag.AA | Flag.RD | Flag.CD });
  });

  test("a packet and an answer anywhere in their buffers", () => {
    const packet = queryPacket("alias.shop.test.", "A", { opt: {} });
    const one = responder();
    const wanted = bytesOf(one, packet)!;
    const out = new Uint8Array(2_000);
    const moved = Uint8Array.from([1, 2, 3, 4, 5, ...packet, 6]);
    const length = one.respond(moved, 5, 5 + packet.length, out, 333, 1_232, UDP);
    expect(Buffer.from(out.subarray(333, 333 + length))).toEqual(Buffer.from(wanted));
  });

  test("what cannot be read has its id and FORMERR", () => {
    const packet = queryPacket("www.shop.test.", "A").subarray(0, 20);
    expect(ask(responder(), packet)).toMatchObject({ id: 0x1234, code: ResponseCode.FORMERR, questions: [] });
  });

  test("an answer is never answered", () => {
    expect(bytesOf(responder(), queryPacket("www.shop.test.", "A", { flags: Flag.QR }))).toBeNull();
  });

  test("other opcodes are NOTIMP, and keep theirs", () => {
    const answer = ask(responder(), queryPacket("shop.test.", "SOA", { flags: Opcode.UPDATE << 11 }));
    expect(answer).toMatchObject({ code: ResponseCode.NOTIMP, flags: Flag.QR | (Opcode.UPDATE << 11) | 4 });
  });

  test("zones of others are refused, with the reason for whoever speaks EDNS", () => {
    expect(ask(responder(), queryPacket("other.test.", "A"))).toMatchObject({
      code: ResponseCode.REFUSED,
      options: null,
    });
    const { code, options } = ask(responder(), queryPacket("other.test.", "A", { opt: {} }));
    expect([code, options!.get(15)]).toEqual([ResponseCode.REFUSED, "0014"]);
  });

  test("transfers that no handler takes, and other classes, are refused", () => {
    for (const type of ["AXFR", "IXFR"]) {
      const { code, options } = ask(responder(), queryPacket("shop.test.", type, { opt: {} }), TCP);
      expect([type, code, options!.get(15)]).toEqual([type, ResponseCode.REFUSED, "0012"]);
    }
    expect(ask(responder(), queryPacket("www.shop.test.", "A", { class: 3 })).code).toBe(ResponseCode.REFUSED);
  });

  test("RFC 9824 §3.5: NXNAME is not a type to ask for", () => {
    const { code, options } = ask(responder(), queryPacket("www.shop.test.", "TYPE128", { opt: {} }));
    expect([code, options!.get(15)]).toEqual([ResponseCode.FORMERR, "001e"]);
  });

  test("a zone that is not usable is SERVFAIL", () => {
    const zones = shopZones();
    zones.get(wireName("shop.test."))!.usable = false;
    const { code, options } = ask(new Responder(zones), queryPacket("www.shop.test.", "A", { opt: {} }));
    expect([code, options!.get(15)]).toEqual([ResponseCode.SERVFAIL, "0018"]);
  });
});

describe("truncation", () => {
  const big = (parts: Parameters<typeof queryPacket>[2] = {}): Uint8Array =>
    queryPacket("big.shop.test.", "TXT", parts);

  test("without EDNS 512 bytes, with it what the client takes, 1,232 at most", () => {
    const many = (size: number): Answer => ask(responder(), queryPacket("many.shop.test.", "A", { opt: { size } }));
    expect(ask(responder(), queryPacket("many.shop.test.", "A")).flags & Flag.TC).toBe(Flag.TC);
    expect(many(512).flags & Flag.TC).toBe(Flag.TC);
    expect(many(1_232)).toMatchObject({ flags: Flag.QR | Flag.AA });
    expect(many(1_232).answers).toHaveLength(61);
    const { flags, answers } = ask(responder(), big({ opt: { size: 4_096 } }), UDP, 4_096);
    expect([flags & Flag.TC, answers.length]).toEqual([Flag.TC, 0]);
  });

  test("a truncated answer has the question, OPT and nothing else", () => {
    const packet = big({ opt: {} });
    expect(ask(responder(), packet).length).toBe(packet.length);
  });

  test("over TCP it is whole", () => {
    expect(ask(responder(), big(), TCP).answers).toHaveLength(1);
  });

  test("every limit: never longer, never half a record", () => {
    const one = responder({ cookies: new ServerCookies(), nsid: new Uint8Array(20) });
    const names = ["many", "mail", "www", "x.wild", "alias", "h.sub", "", "none"].map(
      (name) => `${name}${name && "."}shop.test.`,
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 512, max: 1_300 }),
        fc.constantFrom(...names),
        fc.constantFrom("A", "MX", "ANY", "TXT", "NS"),
        fc.boolean(),
        (limit, name, type, edns) => {
          const options = [
            [10, CLIENT_COOKIE],
            [3, ""],
          ] as const;
          const packet = queryPacket(name, type, edns ? { opt: { size: limit, options } } : {});
          const answer = ask(one, packet, UDP, limit);
          expect(answer.length).toBeLessThanOrEqual(edns ? limit : 512);
          if ((answer.flags & Flag.TC) !== 0) expect(answer.answers).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("EDNS", () => {
  test("OPT comes back to whoever sent it, with DO and our size", () => {
    const { additional } = ask(responder(), queryPacket("www.shop.test.", "A", { opt: { dnssecOk: true } }));
    expect(additional).toMatchObject([{ type: RecordType.OPT, class: 1_232, ttl: 0x8000, data: new Uint8Array(0) }]);
    expect(ask(responder(), queryPacket("www.shop.test.", "A")).additional).toEqual([]);
  });

  test("another version is BADVERS", () => {
    const { code, answers, questions } = ask(responder(), queryPacket("www.shop.test.", "A", { opt: { version: 1 } }));
    expect([code, answers.length, questions.length]).toEqual([ResponseCode.BADVERS, 0, 1]);
  });

  test("NSID is told to whoever asks, when there is one", () => {
    const packet = queryPacket("www.shop.test.", "A", { opt: { options: [[3, ""]] } });
    expect(ask(responder({ nsid: Buffer.from("ams-1") }), packet).options!.get(3)).toBe(
      Buffer.from("ams-1").toString("hex"),
    );
    expect(ask(responder(), packet).options).toEqual(new Map());
    expect(() => responder({ nsid: new Uint8Array(129) })).toThrow(RangeError);
  });

  test("RFC 7828: the idle time is told over TCP and TLS only", () => {
    const packet = queryPacket("www.shop.test.", "A", { opt: { options: [[11, ""]] } });
    const one = responder({ idleTimeout: 10 });
    expect([UDP, TCP, TLS].map((client) => ask(one, packet, client).options!.get(11))).toEqual([
      undefined,
      "0064",
      "0064",
    ]);
  });

  test("RFC 8467: over TLS a padded query has an answer of whole blocks", () => {
    const packet = queryPacket("many.shop.test.", "A", { opt: { options: [[12, "0000"]] } });
    expect([UDP, TCP].map((client) => ask(responder(), packet, client).options!.has(12))).toEqual([false, false]);
    expect(ask(responder(), packet, TLS).length % 468).toBe(0);
    expect(ask(responder(), queryPacket("www.shop.test.", "A", { opt: { options: [[12, ""]] } }), TLS).length).toBe(
      468,
    );
    expect(ask(responder(), packet, TLS, 1_100).length).toBe(1_100);
  });

  test("RFC 7871: a malformed subnet is a format error, any other has no effect on a plain zone", () => {
    const subnet = (data: string): Answer =>
      ask(responder(), queryPacket("www.shop.test.", "A", { opt: { options: [[8, data]] } }));
    expect(subnet("00011800c00002")).toMatchObject({ code: 0, options: new Map() });
    for (const bad of ["00011801c00002", "00011800c0000200", "00012100c000020000", "00011700c00003"]) {
      expect({ bad, code: subnet(bad).code }).toEqual({ bad, code: ResponseCode.FORMERR });
    }
  });

  test("an answer that depends on the subnet tells its scope and what is wrong with it", () => {
    const zones = shopZones();
    const zone = zones.get(wireName("shop.test."))!;
    const plain = queryPacket("www.shop.test.", "A");
    const one = new Responder(zones);
    one.respond(plain, 0, plain.length, new Uint8Array(512), 0, 512, UDP);
    const given = zone.find(one.query, 1)!;
    const { query } = one;
    const node = zone.data.names.find(query.name, 0, query.nameLength, query.suffixHash[0]!);
    query.type = RecordType.MX;
    const compiled = given ?? zone.find(query, 1)!;
    const dynamic: DynamicAnswer = {
      subnetScope: 20,
      extendedError: 3,
      types: [RecordType.A],
      answer: () => compiled,
      describe: () => "",
    } as unknown as DynamicAnswer;
    zone.dynamic.set(node, dynamic);
    const packet = queryPacket("www.shop.test.", "A", { opt: { options: [[8, "00011800c00002"]] } });
    const { options } = ask(one, packet);
    expect([options!.get(8), options!.get(15)]).toEqual(["00011814c00002", "0003"]);
  });
});

describe("cookies", () => {
  const withCookie = (cookie: string): Uint8Array =>
    queryPacket("www.shop.test.", "A", { opt: { options: [[10, cookie]] } });

  test("a client's cookie comes back with ours, which then holds", () => {
    const one = responder({ cookies: new ServerCookies() });
    const cookie = ask(one, withCookie(CLIENT_COOKIE)).options!.get(10)!;
    expect(cookie).toMatch(new RegExp(`^${CLIENT_COOKIE}01000000[0-9a-f]{24}$`));
    expect(ask(one, withCookie(cookie)).options!.get(10)).toBe(cookie);
    expect(ResponderStatistics.sum([one.statistics]).events).toMatchObject({ cookieUnproven: 1, cookieValid: 1 });
  });

  test("without cookies of ours none is sent", () => {
    expect(ask(responder(), withCookie(CLIENT_COOKIE)).options).toEqual(new Map());
  });

  test("demanded: BADCOOKIE with a good one, TC for who knows none, nothing of it over TCP", () => {
    const one = responder({ cookies: new ServerCookies(), cookiesRequiredAbove: 0 });
    const { code, answers, options } = ask(one, withCookie(CLIENT_COOKIE));
    expect([code, answers.length]).toEqual([ResponseCode.BADCOOKIE, 0]);
    expect(ask(one, withCookie(options!.get(10)!))).toMatchObject({ code: 0, answers: [{}] });
    expect(ask(one, queryPacket("www.shop.test.", "A"))).toMatchObject({ flags: Flag.QR | Flag.TC, answers: [] });
    expect(ask(one, withCookie(CLIENT_COOKIE), TCP).code).toBe(0);
  });

  test("demanded under load only", () => {
    const one = responder({ cookies: new ServerCookies(), cookiesRequiredAbove: 100 });
    const codeAfter = (queries: number): number => {
      for (let index = 0; index < queries; index++) ask(one, queryPacket("www.shop.test.", "A"));
      one.tick(one.now + 100);
      return ask(one, withCookie(CLIENT_COOKIE)).code;
    };
    expect([codeAfter(5), codeAfter(50), codeAfter(0)]).toEqual([0, ResponseCode.BADCOOKIE, 0]);
  });

  test("RFC 7873 §5.4: a query for a cookie alone", () => {
    const one = responder({ cookies: new ServerCookies() });
    const whole = withCookie(CLIENT_COOKIE);
    const packet = Uint8Array.from([...whole.subarray(0, 12), ...whole.subarray(whole.length - 23)]);
    packet[5] = 0;
    const { code, questions, options } = ask(one, packet);
    expect([code, questions.length, options!.get(10)!.length]).toEqual([0, 0, 48]);
  });
});

describe("rate limit", () => {
  const limited = (): Responder =>
    responder({
      cookies: new ServerCookies(),
      rateLimiter: new ResponseRateLimiter({ ...RATE_LIMIT, rate: 5, seed: 1 }),
    });

  /** What became of so many queries: full answers, truncated ones, none. */
  function tally(one: Responder, count: number, packet: (index: number) => Uint8Array, client = UDP): number[] {
    const kinds = [0, 0, 0];
    for (let index = 0; index < count; index++) {
      const bytes = bytesOf(one, packet(index), client);
      if (bytes === null) kinds[2]!++;
      else kinds[(readMessage(bytes).flags & Flag.TC) !== 0 ? 1 : 0]!++;
    }
    return kinds;
  }

  test("one answer over and over: five, then every other time TC", () => {
    expect(tally(limited(), 25, () => queryPacket("www.shop.test.", "A"))).toEqual([5, 10, 10]);
  });

  test("a truncated answer keeps the response code of the one that it stands for", () => {
    const one = responder({ rateLimiter: new ResponseRateLimiter({ ...RATE_LIMIT, rate: 1, slip: 1, seed: 1 }) });
    for (const [name, code] of [
      ["www.shop.test.", ResponseCode.NOERROR],
      ["none.shop.test.", ResponseCode.NXDOMAIN],
      ["other.test.", ResponseCode.REFUSED],
    ] as const) {
      const packet = queryPacket(name, "A");
      bytesOf(one, packet);
      const { flags } = readMessage(bytesOf(one, packet)!);
      expect({ name, flags: flags & (Flag.TC | 15) }).toEqual({ name, flags: Flag.TC | code });
    }
  });

  test("ever new names do not help: below a wildcard, that do not exist, delegated, of others", () => {
    for (const zone of ["wild.shop.test.", "shop.test.", "sub.shop.test.", "other.test."]) {
      const kinds = tally(limited(), 25, (index) => queryPacket(`n${index}.${zone}`, "A"));
      expect({ zone, kinds }).toEqual({ zone, kinds: [5, 10, 10] });
    }
  });

  test("answers about several names are counted apart", () => {
    const names = ["www", "mail", "ns1", "alias", "many"];
    expect(
      tally(limited(), 25, (index) => queryPacket(`${names[index % 5]!}.shop.test.`, "MX", { opt: {} }))[0],
    ).toBeLessThan(25);
    const ones = tally(limited(), 15, (index) => queryPacket(`${names[index % 3]!}.shop.test.`, "A", { opt: {} }));
    expect(ones).toEqual([15, 0, 0]);
  });

  test("whoever has a valid cookie or comes by TCP is not limited", () => {
    const one = limited();
    expect(tally(one, 25, () => queryPacket("www.shop.test.", "A"), TCP)).toEqual([25, 0, 0]);
    const first = queryPacket("www.shop.test.", "A", { opt: { options: [[10, CLIENT_COOKIE]] } });
    const cookie = ask(one, first).options!.get(10)!;
    const proven = queryPacket("www.shop.test.", "A", { opt: { options: [[10, cookie]] } });
    expect(tally(one, 25, () => proven)).toEqual([25, 0, 0]);
  });

  test("an empty answer is no longer than its query and the options asked for", () => {
    const one = limited();
    const packet = queryPacket("many.shop.test.", "A", { opt: {} });
    for (let index = 0; index < 30; index++) {
      const bytes = bytesOf(one, packet);
      if (bytes !== null && (readMessage(bytes).flags & Flag.TC) !== 0) expect(bytes.length).toBe(packet.length);
    }
  });
});

describe("amplification", () => {
  test("a flood in a victim's name brings it no more bytes than it costs", () => {
    const one = responder({ rateLimiter: new ResponseRateLimiter({ ...RATE_LIMIT, seed: 1 }) });
    const packet = queryPacket("many.shop.test.", "A", { opt: { size: 4_096 } });
    const out = new Uint8Array(1_232);
    let sent = 0;
    const count = 20_000;
    for (let index = 0; index < count; index++) {
      // 2,000 a second, from all over a /24.
      if (index % 200 === 0) one.tick(one.now + 100);
      sent += one.respond(packet, 0, packet.length, out, 0, 1_232, { ...UDP, address: `192.0.2.${index & 0xff}` });
    }
    expect(sent).toBeLessThan(count * packet.length);
  });
});

describe("CHAOS", () => {
  const ch = (name: string, type = "TXT"): Uint8Array => queryPacket(name, type, { class: 3 });

  test("names are told when they are configured, else refused", () => {
    const one = responder({ chaos: { version: "Roundtrip" } });
    const { code, answers } = ask(one, ch("VERSION.bind."));
    expect([code, Buffer.from(answers[0]!.data).toString("latin1"), answers[0]!.class]).toEqual([0, "\tRoundtrip", 3]);
    expect(ask(one, ch("id.server.")).code).toBe(ResponseCode.REFUSED);
    expect(ask(one, ch("version.bind.", "A")).code).toBe(ResponseCode.REFUSED);
    expect(ask(responder(), ch("version.bind.")).code).toBe(ResponseCode.REFUSED);
  });
});

describe("handlers", () => {
  const handler = (handles: MessageHandler["handles"]): MessageHandler => ({
    handles,
    handle: () => Promise.resolve(),
  });

  test("see what is no plain query, and take what they want", () => {
    const seen: string[] = [];
    const watching = handler((query) => {
      seen.push(`${query.opcode} ${query.type}`);
      return query.type === RecordType.AXFR;
    });
    const one = responder({ handlers: [watching] });
    const transfer = queryPacket("shop.test.", "AXFR");
    expect(one.respond(transfer, 0, transfer.length, new Uint8Array(512), 0, 512, TCP)).toBe(HANDED_OVER);
    expect(one.handler).toBe(watching);
    expect(ask(one, queryPacket("shop.test.", "SOA", { flags: Opcode.NOTIFY << 11 })).code).toBe(ResponseCode.NOTIMP);
    expect(ask(one, queryPacket("www.shop.test.", "A")).code).toBe(0);
    expect(seen).toEqual(["0 252", "4 6"]);
  });

  test("a signed query is theirs", () => {
    const one = responder({ handlers: [handler((query) => query.tsigStart > 0)] });
    const question = { name: wireName("www.shop.test."), type: RecordType.A, class: 1 };
    const tsig = { name: wireName("key."), type: RecordType.TSIG, class: 255, ttl: 0, data: new Uint8Array(0) };
    const packet = writeMessage({ id: 1, flags: 0, questions: [question], additional: [tsig] });
    expect(one.respond(packet, 0, packet.length, new Uint8Array(512), 0, 512, UDP)).toBe(HANDED_OVER);
  });
});

describe("statistics", () => {
  test("count queries, types, codes and events", () => {
    const one = responder();
    ask(one, queryPacket("www.shop.test.", "A"));
    ask(one, queryPacket("none.shop.test.", "TYPE4711"), TCP);
    ask(one, queryPacket("big.shop.test.", "TXT"));
    one.respond(new Uint8Array(3), 0, 3, new Uint8Array(512), 0, 512, UDP);
    const { queries, responseCodes, types, events } = ResponderStatistics.sum([
      one.statistics,
      new ResponderStatistics(),
    ]);
    expect(queries).toEqual({ udp: 2, tcp: 1, tls: 0, https: 0 });
    expect([...responseCodes]).toEqual([
      [0, 2],
      [3, 1],
    ]);
    expect([...types]).toEqual([
      [1, 1],
      [16, 1],
      [-1, 1],
    ]);
    expect(events).toMatchObject({ malformed: 1, truncated: 1, rateDropped: 0 });
  });
});

describe("any bytes", () => {
  test("are answered with a message that can be read, or not at all", () => {
    const one = responder({
      cookies: new ServerCookies(),
      nsid: Buffer.from("x"),
      chaos: { version: "x" },
      idleTimeout: 10,
      rateLimiter: new ResponseRateLimiter({ ...RATE_LIMIT, rate: 1e9 }),
    });
    const options = [
      [10, CLIENT_COOKIE],
      [3, ""],
      [8, "00011800c00002"],
      [12, "00"],
      [11, ""],
    ] as const;
    const bases = ["www", "alias", "x.wild", "h.sub", "none", "many"].map((name) =>
      queryPacket(`${name}.shop.test.`, "A", { opt: { options } }),
    );
    const changes = fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.constantFrom(...bases),
        changes,
        fc.nat(200),
        fc.constantFrom(UDP, TCP, TLS),
        (base, edits, cut, client) => {
          const packet = base.slice(0, cut < 40 ? base.length - cut : base.length);
          for (const [at, value] of edits) packet[at % packet.length] = value;
          const bytes = bytesOf(one, packet, client);
          if (bytes !== null) readMessage(bytes);
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
