/** The system resolver against a name server of the test's own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import type { ResolvedAddress } from "../../contract/resolver.ts";
import { SystemResolver } from "./system-resolver.ts";

const A = 1;
const SRV = 33;
const AAAA = 28;

let server: Bun.udp.Socket<"buffer">;
let resolver: SystemResolver;
/** "users.test A" in the order of arrival. */
const asked: string[] = [];

/** RCODEs by the first label of the name; "silent" gets no answer. */
const FAILURES: Readonly<Record<string, number>> = { nx: 3, broken: 2, refused: 5 };

function nameBytes(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.of(0)]);
}

/** A record for the name of the question. */
function recordBytes(type: number, ttl: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function serviceBytes(priority: number, weight: number, port: number, target: string): Buffer {
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(priority, 0);
  numbers.writeUInt16BE(weight, 2);
  numbers.writeUInt16BE(port, 4);
  return recordBytes(SRV, 42, Buffer.concat([numbers, nameBytes(target)]));
}

function answersOf(label: string, type: number): Buffer[] {
  if (type === SRV && label === "_http") return [serviceBytes(1, 2, 8080, "A.users.test"), serviceBytes(9, 0, 81, "")];
  if (type === A && ["both", "four", "half"].includes(label)) {
    return [recordBytes(A, 17, Buffer.of(10, 0, 0, 2)), recordBytes(A, 5, Buffer.of(10, 0, 0, 1))];
  }
  if (type === AAAA && ["both", "six"].includes(label))
    return [recordBytes(AAAA, 60, Buffer.from([...Buffer.alloc(15), 1]))];
  return [];
}

/** The reply to a query of one question, null for none. */
function replyTo(query: Buffer): Buffer | null {
  let at = 12;
  const labels: string[] = [];
  while (query[at] !== 0) {
    labels.push(query.latin1Slice(at + 1, at + 1 + query[at]!));
    at += query[at]! + 1;
  }
  const type = query.readUInt16BE(at + 1);
  const label = labels[0]!;
  asked.push(`${labels.join(".")} ${type === A ? "A" : type === AAAA ? "AAAA" : "SRV"}`);
  if (label === "silent") return null;
  const answers = answersOf(label, type);
  const failure = ["half", "lame"].includes(label) && type === AAAA ? 2 : (FAILURES[label] ?? 0);
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | failure, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers.length, 6);
  return Buffer.concat([head, query.subarray(12, at + 5), ...answers]);
}

beforeAll(async () => {
  server = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, data, port, address) {
        const reply = replyTo(data);
        if (reply !== null) socket.send(reply, port, address);
      },
    },
  });
  resolver = new SystemResolver({ servers: [`127.0.0.1:${server.port}`] });
});

afterAll(() => server.close());

/** The code of the failure, "" when there is none. */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Of IPv4 and IPv6. */
async function codesOf(name: string): Promise<string[]> {
  const { ipv4, ipv6 } = await resolver.resolveAddresses(name);
  return [ipv4.code, ipv6.code];
}

async function addressesOf(name: string): Promise<ResolvedAddress[]> {
  const { ipv4, ipv6 } = await resolver.resolveAddresses(name);
  return [...ipv4.addresses, ...ipv6.addresses];
}

describe("the system's resolver", () => {
  test("A and AAAA with their TTLs", async () => {
    expect(await resolver.resolveAddresses("both.users.test")).toEqual({
      ipv4: {
        addresses: [
          { address: "10.0.0.2", ttl: 17 },
          { address: "10.0.0.1", ttl: 5 },
        ],
        code: "",
      },
      ipv6: { addresses: [{ address: "::1", ttl: 60 }], code: "" },
    });
  });

  test("each family has its own outcome, whether the other has nothing or its query fails", async () => {
    expect(await codesOf("four.users.test")).toEqual(["", "ENOTFOUND"]);
    expect(await codesOf("six.users.test")).toEqual(["ENOTFOUND", ""]);
    expect(await codesOf("half.users.test")).toEqual(["", "ESERVFAIL"]);
    expect(await codesOf("lame.users.test")).toEqual(["ENOTFOUND", "ESERVFAIL"]);
  });

  test("failures have the resolver's code", async () => {
    expect(await codesOf("nx.users.test")).toEqual(["ENOTFOUND", "ENOTFOUND"]);
    expect(await codesOf("empty.users.test")).toEqual(["ENOTFOUND", "ENOTFOUND"]);
    expect(await codesOf("broken.users.test")).toEqual(["ESERVFAIL", "ESERVFAIL"]);
    expect(await codesOf("refused.users.test")).toEqual(["EREFUSED", "EREFUSED"]);
    expect(await failureOf(resolver.resolveServices("nx.users.test"))).toBe("ENOTFOUND");
  });

  test("SRV without the final dot, and without a TTL", async () => {
    expect(await resolver.resolveServices("_http._tcp.users.test")).toEqual([
      { name: "a.users.test", port: 8080, priority: 1, weight: 2, ttl: 0 },
      { name: "", port: 81, priority: 9, weight: 0, ttl: 0 },
    ]);
  });

  test("localhost comes from the system, and DNS is not asked (RFC 6761 §6.3)", async () => {
    asked.length = 0;
    const found = await addressesOf("localhost");
    expect(found.map(({ address }) => address)).toContain("127.0.0.1");
    expect(found.every(({ ttl }) => ttl === 30)).toBe(true);
    expect(asked).toEqual([]);
  });

  test("literal addresses are their own answer", async () => {
    asked.length = 0;
    expect(await addressesOf("10.1.2.3")).toEqual([{ address: "10.1.2.3", ttl: 86_400 }]);
    expect(await addressesOf("::1")).toEqual([{ address: "::1", ttl: 86_400 }]);
    expect(asked).toEqual([]);
  });

  test("names that only the system knows (/etc/hosts)", async () => {
    const known = await lookup(hostname()).catch(() => null);
    if (known === null || hostname() === "localhost") return;
    asked.length = 0;
    const found = await addressesOf(hostname());
    expect(found.map(({ address }) => address)).toContain(known.address);
    expect(asked).toHaveLength(2);
  });

  test("a name server that is silent is given up in time", async () => {
    const hasty = new SystemResolver({ servers: [`127.0.0.1:${server.port}`], timeout: 400 });
    const begun = performance.now();
    expect(await failureOf(hasty.resolveAddresses("silent.users.test"))).toBe("ETIMEOUT");
    expect(await failureOf(hasty.resolveServices("silent.users.test"))).toBe("ETIMEOUT");
    expect(performance.now() - begun).toBeWithin(500, 4000);
  });

  test("what is open can be cancelled", async () => {
    asked.length = 0;
    const open = [resolver.resolveAddresses("silent.users.test"), resolver.resolveServices("silent.users.test")];
    const failures = Promise.all(open.map((promise) => failureOf(promise)));
    for (let tries = 0; asked.length < 3 && tries < 400; tries++) await Bun.sleep(5);
    resolver.cancel();
    expect(await failures).toEqual(["ECANCELLED", "ECANCELLED"]);
  });
});
