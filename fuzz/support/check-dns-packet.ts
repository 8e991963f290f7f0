import { atOnce } from "../../src/time/slices.ts";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { OnlineSecurity } from "../../src/dns/authority/online-security.ts";
import type { DnsClient } from "../../src/dns/authority/dns-client.ts";
import { HANDED_OVER, Responder, UDP_SIZE } from "../../src/dns/authority/responder.ts";
import { RATE_LIMIT, ResponseRateLimiter } from "../../src/dns/authority/response-rate-limiter.ts";
import { ServerCookies } from "../../src/dns/authority/server-cookies.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { addKeys } from "../../src/dns/dnssec/sign-zone.ts";
import { privateKeyOf, signingKey } from "../../src/dns/dnssec/signing-key.ts";
import { allKeys } from "../../src/dns/dnssec/dnssec-for-tests.ts";
import { answerDoh, DNS_MESSAGE } from "../../src/dns/server/doh.ts";
import type { TransferHandler } from "../../src/dns/transfer/transfer-handler.ts";
import { type DnsMessage, MessageError, readMessage, writeMessage } from "../../src/dns/wire/message.ts";
import { Flag } from "../../src/dns/wire/record-type.ts";
import { readZone, zoneText } from "../../tests/support/dns-zones.ts";
import { check } from "./check.ts";
import { handle, transferHandler } from "./check-dns-transfer.ts";
import { dnsZones, NOW } from "./dns-inputs.ts";
import type { Random } from "./random.ts";

const TRANSPORTS = ["udp", "udp", "tcp", "tls", "https"] as const;
const ADDRESSES = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] as const;
const LIMITS = [512, 1_232, 4_096, 65_535] as const;
/** Written around the place for an answer, to see that nothing is written beyond it. */
const GUARD = 0xa5;
const GUARDS = 16;
const OPT = 41;
const LONGEST = 65_535;
const HEADER = 12;
const ED25519 = 15;

const OUT = new Uint8Array(GUARDS * 2 + 65_535);

/** A plain server, one with everything, and one that limits. */
function responders(): Responder[] {
  const zones = new ZoneSet();
  for (const text of dnsZones()) zones.set(new AuthoritativeZone(readZone(text)));
  const keys = allKeys([signingKey(privateKeyOf(ED25519, new Uint8Array(32).fill(1)), "csk")]);
  const online = atOnce(addKeys(readZone(zoneText("signed.test", "online.test.")), keys));
  zones.set(new AuthoritativeZone(online, new OnlineSecurity(online, keys)));
  const cookies = new ServerCookies(new Uint8Array(16));
  const whole = {
    cookies,
    handlers: [transferHandler(zones, new Responder(zones), NOW)],
    nsid: Buffer.from("fuzz"),
    chaos: { version: "1", id: "x" },
    idleTimeout: 10,
  };
  const rateLimiter = new ResponseRateLimiter({ ...RATE_LIMIT, exempt: null });
  const all = [
    new Responder(zones),
    new Responder(zones, whole),
    new Responder(zones, { cookies, cookiesRequiredAbove: 0, rateLimiter }),
  ];
  for (const responder of all) responder.now = NOW;
  return all;
}

export class PacketChecker {
  readonly #responders = responders();
  #now = NOW;

  /** Answers what became of the packet. @throws Error when that is not as it must be. */
  check(input: Buffer, random: Random): string | Promise<string> {
    const message = read(input);
    const responder = random.pick(this.#responders);
    const client: DnsClient = { address: random.pick(ADDRESSES), port: 5_353, transport: random.pick(TRANSPORTS) };
    const limit = random.pick(LIMITS);
    this.#now += random.below(3) === 0 ? random.below(300) : 0;
    responder.tick(this.#now);
    if (client.transport === "https" && random.below(2) === 0) return checkHttp(input, responder, random, message);
    OUT.fill(GUARD, 0, GUARDS);
    OUT.fill(GUARD, GUARDS + limit, GUARDS * 2 + limit);
    // The packet lies somewhere in a buffer, as those of a stream do.
    const start = random.below(3);
    const bytes = Buffer.concat([Buffer.alloc(start, GUARD), input, Buffer.alloc(start, GUARD)]);
    const length = responder.respond(bytes, start, start + input.length, OUT, GUARDS, limit, client);
    check(bytes.subarray(start, start + input.length).equals(input), "the query was changed");
    const around = [OUT.subarray(0, GUARDS), OUT.subarray(GUARDS + limit, GUARDS * 2 + limit)];
    check(
      around.every((guard) => guard.every((byte) => byte === GUARD)),
      "written beside the place for the answer",
    );
    if (length === HANDED_OVER) {
      return checkHandled(input, responder.handler as TransferHandler, client);
    }
    if (length === 0) return "nothing";
    const answer = OUT.slice(GUARDS, GUARDS + length);
    checkAnswer(input, answer, client.transport, limit, message);
    return `${message === null ? "bad" : "good"} ${client.transport} code ${answer[3]! & 15} flags ${answer[2]!}`;
  }
}

/** As POST, or as GET with what is perhaps no base64url. */
function checkHttp(input: Buffer, responder: Responder, random: Random, message: DnsMessage | null): string {
  const text = input.toString("base64url");
  const at = random.below(text.length + 1);
  const query =
    random.below(4) === 0 ? `${text.slice(0, at)}${random.pick(["=", "+", "%", "é", "&dns="])}${text.slice(at)}` : text;
  const isPost = random.below(2) === 0;
  const response = answerDoh(responder, {
    method: isPost ? "POST" : "GET",
    query: isPost ? "" : `dns=${query}`,
    contentType: isPost ? DNS_MESSAGE : "",
    body: isPost ? Uint8Array.from(input) : new Uint8Array(0),
    clientAddress: "192.0.2.1",
  });
  if (response instanceof Promise) throw new Error("zones answer at once");
  const { status, body, contentLength } = response;
  check(contentLength === body.length, "another length than the body's");
  if (status === 200 && (isPost || query === text)) checkAnswer(input, body, "https", LONGEST, message);
  return `HTTP ${status}`;
}

/** What the handler sends is about the query too. */
async function checkHandled(input: Buffer, handler: TransferHandler, client: DnsClient): Promise<string> {
  const sent = await handle(handler, Uint8Array.from(input), client);
  for (const bytes of sent) {
    const answer = readMessage(bytes);
    check((input[2]! & 0x80) === 0, "an answer to an answer");
    check((answer.flags & Flag.QR) !== 0, "the answer has no QR");
    check(answer.id === input.readUInt16BE(0), "another id");
    check(client.transport !== "udp" || bytes.length <= UDP_SIZE, `${bytes.length} bytes over UDP`);
  }
  return `handed over: ${sent
    .map((bytes) => bytes[3]! & 15)
    .slice(0, 3)
    .join()}`;
}

/** The packet as a message, null when it is none. What can be read is written and read as the same. */
function read(input: Buffer): DnsMessage | null {
  let message: DnsMessage;
  try {
    message = readMessage(input);
  } catch (error) {
    if (error instanceof MessageError) return null;
    throw error;
  }
  const again = writeMessage(message);
  check(
    Buffer.from(writeMessage(readMessage(again))).equals(again),
    "the message is another when it is written and read",
  );
  return message;
}

function checkAnswer(
  input: Buffer,
  bytes: Uint8Array,
  transport: string,
  limit: number,
  query: DnsMessage | null,
): void {
  check(input.length >= HEADER && (input[2]! & 0x80) === 0, "an answer to an answer");
  const answer = readMessage(bytes);
  check((answer.flags & Flag.QR) !== 0, "the answer has no QR");
  check(answer.id === input.readUInt16BE(0), "another id");
  check((answer.flags & 0x7800) === (input.readUInt16BE(2) & 0x7800), "another opcode");
  check((answer.flags & Flag.RD) === (input.readUInt16BE(2) & Flag.RD), "another RD");
  check((answer.flags & (Flag.RA | Flag.AD)) === 0, "RA or AD");
  check(bytes.length <= limit, `${bytes.length} bytes, ${limit} are allowed`);
  const options = answer.additional.filter(({ type }) => type === OPT);
  check(options.length <= 1, "several OPT");
  if (transport === "udp") {
    const opt = query?.additional.find(({ type }) => type === OPT);
    const most = Math.min(UDP_SIZE, query === null ? UDP_SIZE : Math.max(opt?.class ?? 0, 512));
    check(bytes.length <= most, `${bytes.length} bytes over UDP, the client takes ${most}`);
  }
  if (query === null) return;
  check(answer.questions.length <= 1, "several questions");
  if (query.questions.length === 1) {
    const [asked] = query.questions;
    // A question that is compressed by pointing to itself or beyond is none that is repeated.
    for (const { name, type, class: kind } of answer.questions) {
      check(Buffer.from(name).equals(asked!.name) && type === asked!.type && kind === asked!.class, "another question");
    }
  }
  const asksWithEdns = query.additional.some(({ type }) => type === OPT);
  check(asksWithEdns || options.length === 0, "OPT to a query without one");
}
