/** What the edge tells the origin about the client, and whom it believes (RFC 7239, RFC 9110 §7.6.3). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Config } from "../../src/config/config.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { echo, startOrigin, type Origin } from "./support/origin.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { linesOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const TOKEN = "a-token-for-the-forwarding-test";
const NAMES = [
  "X-Forwarded-For",
  "X-Forwarded-Proto",
  "X-Forwarded-Host",
  "X-Forwarded-Port",
  "X-Real-IP",
  "Forwarded",
];

/** What frameworks and proxies read beside those. */
const OTHERS = [
  "X-Forwarded-User",
  "X-Forwarded-Groups",
  "X-Forwarded-Client-Cert",
  "X-Forwarded-Prefix",
  "X-Forwarded-Scheme",
  "X-Forwarded-Ssl",
];
const UNDERSCORED = ["X_Forwarded_For", "X-Forwarded_User", "X-Forwarded-Client_Cert", "x_real_ip", "_Host"];

let origin: Origin;
const edges: TestEdge[] = [];
let believing: TestEdge;
let doubting: TestEdge;

const edgeOf = async (rest: Partial<Config>): Promise<TestEdge> => {
  const edge = await edgeBefore([origin], {}, rest);
  edges.push(edge);
  return edge;
};

beforeAll(async () => {
  origin = await startOrigin(echo);
  const inside = { name: "inside", match: { path: "/client", client: "203.0.113.0/24" }, respond: { body: "inside" } };
  const outside = { name: "outside", match: { path: "/*" }, proxy: "main" };
  const routes = [inside, outside];
  believing = await edgeOf({ routes, trustedProxies: ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"] });
  doubting = await edgeOf({ routes, trustedProxies: ["10.0.0.0/8"], admin: { explainToken: TOKEN } });
});

afterAll(async () => {
  for (const edge of edges) await edge.stop();
  await origin.stop();
});

/** The head that reached the origin. */
async function forwarded(edge: TestEdge, fields: string, path = "/f", host = "127.0.0.1"): Promise<string> {
  const reply = await raw(edge.port, [`GET ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`], { until: isComplete, host });
  expect(statusOf(reply)).toBe(200);
  return bodyOf(reply);
}

const fresh = (edge: TestEdge, address = "127.0.0.1"): string[] => [
  `X-Forwarded-For: ${address}`,
  "X-Forwarded-Proto: http",
  "X-Forwarded-Host: h.example",
  `X-Forwarded-Port: ${edge.port}`,
  `X-Real-IP: ${address}`,
  `Forwarded: for=${address.includes(":") ? `"[${address}]"` : address};proto=http;host="h.example"`,
];
const told = (head: string): string[] => NAMES.flatMap((name) => linesOf(head, name));

describe("a peer that is not trusted", () => {
  test("has everything that it says about the client dropped", async () => {
    const spoofed = NAMES.map((name) => `${name}: 6.6.6.6\r\n`).join("");
    const head = await forwarded(doubting, spoofed + spoofed.toLowerCase() + spoofed.toUpperCase());
    expect(told(head)).toEqual(fresh(doubting));
    expect(head).not.toContain("6.6.6.6");
  });

  test("has every other X-Forwarded-* and names with _ dropped too", async () => {
    const said = [...OTHERS, ...UNDERSCORED].map((name) => `${name}: root\r\n${name.toUpperCase()}: root\r\n`).join("");
    const head = await forwarded(doubting, `X-Forward: 1\r\n${said}X-Forwarded: 2\r\nForwarded-For: 3\r\n`);
    expect(told(head)).toEqual(fresh(doubting));
    expect(head).not.toContain("root");
    // Names that are only alike go on.
    expect(["X-Forward", "X-Forwarded", "Forwarded-For"].flatMap((name) => linesOf(head, name))).toHaveLength(3);
  });

  test("is the client itself, for the trace and for routes", async () => {
    expect(await forwarded(doubting, "X-Forwarded-For: 203.0.113.9\r\n", "/client")).not.toBe("inside");
    const { clientAddress, peerAddress } = await recordOf(doubting, "/client");
    expect([clientAddress, peerAddress]).toEqual(["127.0.0.1", "127.0.0.1"]);
  });
});

describe("a trusted peer", () => {
  const cases: ReadonlyArray<readonly [name: string, chain: readonly string[], client: string]> = [
    ["one address", ["203.0.113.9"], "203.0.113.9"],
    ["the chain is walked from the right, past trusted proxies", ["6.6.6.6, 203.0.113.9, 10.1.1.1"], "203.0.113.9"],
    ["over several lines", ["6.6.6.6", "203.0.113.9,10.1.1.1", "10.2.2.2"], "203.0.113.9"],
    ["everybody is trusted: the farthest one", ["10.3.3.3, 10.1.1.1"], "10.3.3.3"],
    ["what is not an address ends the walk", ["203.0.113.9, unknown, 10.1.1.1"], "10.1.1.1"],
    ["nothing but what is not an address", ["unknown"], "127.0.0.1"],
    ["with a port", ["203.0.113.9:4711"], "203.0.113.9"],
    ["IPv6", ["2001:db8::7, 2001:db8:1::1"], "2001:db8::7"],
    ["IPv6 with brackets and a port", ["[2001:db8::7]:4711"], "2001:db8::7"],
    ["white space around the commas", [" 203.0.113.9 \t,\t 10.1.1.1 "], "203.0.113.9"],
  ];
  for (const [name, chain, client] of cases) {
    test(name, async () => {
      const path = `/walk/${encodeURIComponent(name)}`;
      const head = await forwarded(believing, chain.map((part) => `X-Forwarded-For: ${part}\r\n`).join(""), path);
      expect(linesOf(head, "X-Real-IP")).toEqual([`X-Real-IP: ${client}`]);
      const all = chain.map((part) => part.trim()).join(", ");
      expect(linesOf(head, "X-Forwarded-For")).toEqual([`X-Forwarded-For: ${all}, 127.0.0.1`]);
      const record = await recordOf(believing, path);
      expect([record.clientAddress, record.peerAddress]).toEqual([client, "127.0.0.1"]);
    });
  }

  test("what is not an IPv4 address is not believed to be one", async () => {
    for (const wrong of ["999.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", ":::", "1::2::3", "fe80::1%eth0"]) {
      const head = await forwarded(believing, `X-Forwarded-For: ${wrong}\r\n`);
      expect([wrong, linesOf(head, "X-Real-IP")]).toEqual([wrong, ["X-Real-IP: 127.0.0.1"]]);
    }
  });

  test("says which protocol, host and port the client used", async () => {
    const head = await forwarded(
      believing,
      "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Port: 443\r\n",
    );
    expect(linesOf(head, "X-Forwarded-Proto")).toEqual(["X-Forwarded-Proto: https"]);
    expect(linesOf(head, "X-Forwarded-Host")).toEqual(["X-Forwarded-Host: shop.example"]);
    expect(linesOf(head, "X-Forwarded-Port")).toEqual(["X-Forwarded-Port: 443"]);
    expect(linesOf(head, "Host")).toEqual(["Host: h.example"]);
  });

  test("has its X-Real-IP replaced by what the walk found", async () => {
    const head = await forwarded(believing, "X-Real-IP: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9\r\n");
    expect(linesOf(head, "X-Real-IP")).toEqual(["X-Real-IP: 203.0.113.9"]);
  });

  test("has itself added to Forwarded (RFC 7239 §4)", async () => {
    const sent = 'for="[2001:db8::7]";proto=https';
    const head = await forwarded(believing, `Forwarded: ${sent}\r\nForwarded: for=10.1.1.1\r\n`);
    expect(linesOf(head, "Forwarded")).toEqual([
      `Forwarded: ${sent}, for=10.1.1.1, for=127.0.0.1;proto=http;host="h.example"`,
    ]);
  });

  test("may say more of the client, but not in names with _", async () => {
    const said = [...OTHERS, ...UNDERSCORED].map((name) => `${name}: v\r\n`).join("");
    // Nor can a client have it removed by naming it.
    const head = await forwarded(believing, `${said}Connection: x-forwarded-user\r\n`);
    expect(OTHERS.flatMap((name) => linesOf(head, name))).toEqual(OTHERS.map((name) => `${name}: v`));
    expect(UNDERSCORED.flatMap((name) => linesOf(head, name))).toEqual([]);
    expect(linesOf(head, "X-Real-IP")).toEqual(["X-Real-IP: 127.0.0.1"]);
  });

  test("that says nothing is the client itself", async () => {
    expect(told(await forwarded(believing, ""))).toEqual(fresh(believing));
  });

  test("decides the client that routes look at", async () => {
    expect(await forwarded(believing, "X-Forwarded-For: 203.0.113.9\r\n", "/client")).toBe("inside");
    expect(await forwarded(believing, "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n", "/client")).not.toBe("inside");
  });

  test("gets no request mixed up with the one before on its connection", async () => {
    const one = (host: string, fields: string): string => `GET /mix HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;
    const begun = origin.requests.length;
    const sent =
      one("a.example", "X-Forwarded-For: 203.0.113.9\r\n") +
      one("b.example", "") +
      one("c.example", "X-Forwarded-For: 198.51.100.7\r\n");
    await raw(believing.port, [sent], { until: (text) => (text.match(/200 OK/g)?.length ?? 0) === 3 });
    const seen = origin.requests
      .slice(begun)
      .map(({ head }) => [linesOf(head, "X-Real-IP")[0], linesOf(head, "X-Forwarded-Host")[0]]);
    expect(seen).toEqual([
      ["X-Real-IP: 203.0.113.9", "X-Forwarded-Host: a.example"],
      ["X-Real-IP: 127.0.0.1", "X-Forwarded-Host: b.example"],
      ["X-Real-IP: 198.51.100.7", "X-Forwarded-Host: c.example"],
    ]);
  });
});

describe("IPv6", () => {
  test("an IPv6 peer is quoted and bracketed in Forwarded alone (RFC 7239 §6)", async () => {
    const edge = await edgeOf({ listeners: ["[::1]:0"] });
    expect(told(await forwarded(edge, "", "/six", "::1"))).toEqual(fresh(edge, "::1"));
  });
});

describe("the config", () => {
  test("can switch every field off, and what clients send in them is dropped all the same", async () => {
    const edge = await edgeOf({
      forwarding: { xForwarded: false, xRealIp: false, forwarded: false, via: false, traceparent: false },
    });
    const head = await forwarded(edge, NAMES.map((name) => `${name}: 6.6.6.6\r\n`).join(""));
    expect(head).toBe(`GET /f HTTP/1.1\r\n${HOST}\r\n|`);
  });

  test("names the edge in Via, behind those who came before", async () => {
    const edge = await edgeOf({ forwarding: { via: "edge-7" } });
    const head = await forwarded(edge, "Via: 1.0 fred, 1.1 p.example\r\n");
    expect(linesOf(head, "Via")).toEqual(["Via: 1.0 fred, 1.1 p.example", "Via: 1.1 edge-7"]);
  });

  test("names in Via the version that was received, and speaks its own", async () => {
    const edge = await edgeOf({ forwarding: { via: "edge-7" } });
    for (const version of ["1.0", "1.1", "1.2", "1.9", "1.1"]) {
      const reply = await raw(edge.port, [`GET /v HTTP/${version}\r\n${HOST}Connection: close\r\n\r\n`]);
      const head = bodyOf(reply);
      expect([head.split("\r\n")[0], ...linesOf(head, "Via")]).toEqual(["GET /v HTTP/1.1", `Via: ${version} edge-7`]);
      expect(linesOf(reply, "Via")[0]).toBe("Via: 1.1 edge-7");
    }
  });

  test("HTTP/1.0 without Host has no host to tell of", async () => {
    const head = bodyOf(await raw(believing.port, ["GET /old HTTP/1.0\r\n\r\n"]));
    expect(linesOf(head, "X-Forwarded-Host")).toEqual([]);
    expect(linesOf(head, "Forwarded")).toEqual(["Forwarded: for=127.0.0.1;proto=http"]);
  });
});

describe("Roundtrip-Explain", () => {
  test("never reaches an origin, whatever it holds", async () => {
    for (const edge of [doubting, believing])
      for (const value of [TOKEN, "wrong", ""]) {
        const head = await forwarded(edge, `Roundtrip-Explain: ${value}\r\nROUNDTRIP-EXPLAIN: ${value}\r\nX-Ok: 1\r\n`);
        expect(head.toLowerCase()).not.toContain("roundtrip-explain");
        expect(head).not.toContain(TOKEN);
        expect(linesOf(head, "X-Ok")).toEqual(["X-Ok: 1"]);
      }
  });
});
