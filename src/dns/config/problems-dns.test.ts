/** What is wrong with `dns`. */
import { afterAll, describe, expect, test } from "bun:test";
import { TestFolder } from "../../config/files-for-tests.ts";
import { formatPath } from "../../schema/problem.ts";
import { renderProblems } from "../../config/render-problems.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

/** Path below `dns`, message and nearest word of each problem. */
async function summaries(dns: string, more = ""): Promise<string[]> {
  const problems = await folder.problems("bad.yaml", `routes: []\ndns: ${dns}\n${more}`);
  return problems.map(({ path, message, nearest }) => {
    const hint = nearest === undefined ? "" : ` → ${nearest}`;
    return `${formatPath(path).replace(/^dns\.?/, "")}: ${message}${hint}`;
  });
}

const WHOLE: ReadonlyArray<readonly [string, string]> = [
  ["{}", "zones: is missing"],
  ["{ zones: {}, listener: [] }", "listener: is not known here → listeners"],
  [
    "{ zones: {}, listeners: [localhost:53] }",
    'listeners[0]: "localhost:53" has a name where an address is needed → 127.0.0.1:53',
  ],
  ["{ zones: {}, listeners: [53] }", "listeners[0]: 53 is not an address"],
  ["{ zones: {}, listeners: [{ tsl: 127.0.0.1:1 }] }", "listeners[0].tsl: is not known here → tls"],
  ["{ zones: {}, listeners: [{}] }", "listeners[0]: names no transport"],
  [
    "{ zones: {}, listeners: [{ udp: 127.0.0.1:1, tls: 127.0.0.1:2 }] }",
    "listeners[0].tls: has 2 transports: udp, tls",
  ],
  [
    "{ zones: {}, listeners: [127.0.0.1:53, { tls: 127.0.0.1:53 }] }",
    "listeners[1]: 127.0.0.1:53 is listened on already",
  ],
  ["{ zones: {}, tls: self-sigend }", 'tls: "self-sigend" is not known here → self-signed'],
  ["{ zones: {}, tls: { certificate: a } }", "tls.key: is missing"],
  ["{ zones: {}, rateLimit: { rate: 0 } }", "rateLimit.rate: 0 is too small"],
  [
    "{ zones: {}, rateLimit: { exempt: [x] } }",
    'rateLimit.exempt[0]: "x" is not an IPv4 or IPv6 address or network, such as "192.0.2.0/24"',
  ],
  ["{ zones: {}, nsid: '' }", 'nsid: "" has 0 bytes'],
  ["{ zones: {}, streams: { idleTimeout: 1ms } }", 'streams.idleTimeout: "1ms" is too short'],
  ["{ zones: {}, keys: { a..b: { secret: AAAAAAAAAAA= } } }", 'keys["a..b"]: the name has an empty label'],
  [
    "{ zones: {}, keys: { a: { secret: AAAAAAAAAAA=, algorithm: hmac-md5 } } }",
    'keys.a.algorithm: "hmac-md5" is not known here',
  ],
];

describe("of the whole", () => {
  test.each(WHOLE)("%s", async (dns, expected) => {
    expect(await summaries(dns)).toEqual([expected]);
  });
});

/** The zone shop.test. */
const ZONES: ReadonlyArray<readonly [string, string]> = [
  ["{}", ": has no content"],
  ["{ fiel: a }", ".fiel: is not known here → file"],
  ["{ file: a, secondary: { primaries: [10.0.0.1] } }", ".secondary: has several contents: file, secondary"],
  ["{ file: a, records: {} }", ".records: cannot be combined with file"],
  ["{ file: a, ttl: 1h }", ".ttl: cannot be combined with file"],
  ["{ records: {}, ttl: 1y }", '.ttl: "1y" is not a TTL'],
  ["{ records: { www: 192.0.2.1 } }", '.records.www: "192.0.2.1" is not an object'],
  ["{ reverse: true }", ": is the name of no prefix"],
  ["{ secondary: { primaries: [] } }", ".secondary.primaries: is empty"],
  ["{ secondary: { primaries: [ns1.shop.test] } }", '.secondary.primaries[0]: "ns1.shop.test" has no port'],
  [
    "{ secondary: { primaries: [ns1.shop.test:53] } }",
    '.secondary.primaries[0]: "ns1.shop.test:53" has a name where an address is needed',
  ],
  ["{ secondary: { primaries: [10.0.0.1], shortest: 2h, longest: 1h } }", ".secondary.shortest: is more than longest"],
  ["{ secondary: { primaries: [10.0.0.1] }, dnssec: [a] }", ".dnssec: is for the primary server to say"],
  ["{ file: a, dnssec: { keys: [] } }", ".dnssec.keys: is empty"],
  [
    "{ file: a, dnssec: { keys: a, validity: 1d, refresh: 1d } }",
    ".dnssec.refresh: leaves no time between two signatures",
  ],
  [
    "{ file: a, dnssec: { keys: a, when: ahead }, steering: { a: { alias: b.c } } }",
    ".dnssec.when: cannot be combined with steering",
  ],
  [
    "{ file: a, transfer: { allow: [10.0.0.1] }, steering: { a: { alias: b.c } } }",
    ".transfer: cannot be combined with steering: other servers would answer that the steered names have no addresses",
  ],
  [
    "{ file: a, transfer: { notify: [10.0.0.1] }, dnssec: { keys: a, when: online } }",
    ".transfer: cannot be combined with dnssec.when online: other servers would answer without signatures",
  ],
  ["{ file: a, transfer: { allow: [{}] } }", ".transfer.allow[0]: names no client"],
  ["{ file: a, transfer: { allow: [{ key: xfrr }] } }", '.transfer.allow[0].key: no key named "xfrr" → xfr'],
  [
    "{ file: a, transfer: { notify: [{ address: 10.0.0.1, key: old }] } }",
    ".transfer.notify[0].key: hmac-sha1 is too weak to sign with",
  ],
  ["{ file: a, steering: { a: {} } }", ".steering.a: answers nothing"],
  ["{ file: a, steering: { a: { popps: {} } } }", ".steering.a.popps: is not known here → pops"],
  ["{ file: a, steering: { a: { alias: b.c, ttl: 5 } } }", ".steering.a.ttl: cannot be combined with alias"],
  [
    "{ file: a, steering: { a: { alias: b.c, minimumTtl: 2m, maximumTtl: 1m } } }",
    ".steering.a.minimumTtl: 120 s is more than the maximum of 60 s",
  ],
  ["{ file: a, steering: { x.other.: { alias: b.c } } }", '.steering["x.other."]: lies outside the zone'],
  [
    "{ file: a, steering: { a: { pops: { x: { addresses: [192.0.2] } } } } }",
    '.steering.a.pops.x.addresses[0]: "192.0.2" is not an IPv4 or IPv6 address',
  ],
  [
    "{ file: a, steering: { a: { pops: { x: { addresses: [192.0.2.1], health: shp } } } } }",
    '.steering.a.pops.x.health: no pool named "shp" → shop',
  ],
];

describe("of a zone", () => {
  test.each(ZONES)("%s", async (zone, expected) => {
    const keys = "keys: { xfr: { secret: AAAAAAAAAAA= }, old: { secret: AAAAAAAAAAA=, algorithm: hmac-sha1 } }";
    const pools = "pools: { shop: { targets: [127.0.0.1:1] } }";
    expect(await summaries(`{ zones: { shop.test: ${zone} }, ${keys} }`, pools)).toEqual([
      `zones["shop.test"]${expected}`,
    ]);
  });

  test.each([
    ["{ a..b: { file: a } }", 'zones["a..b"]: "a..b" has an empty label'],
    ["{ a.b: { file: a }, A.B.: { file: b } }", 'zones["A.B."]: is the same zone as a.b'],
    [
      "{ 10.0.0.0/23: { reverse: true } }",
      'zones["10.0.0.0/23"]: "10.0.0.0/23" has no reverse zone of its own: /8, /16 and /24 have (for smaller ones see RFC 2317)',
    ],
    ["{ 10.0.0.0/24: { file: a } }", 'zones["10.0.0.0/24"]: only a reverse zone has a prefix'],
    [
      "{ shop.test: { file: a }, 10.0.0.0/24: { reverse: shop.tst } }",
      'zones["10.0.0.0/24"].reverse: no zone named "shop.tst" → shop.test',
    ],
  ])("%s", async (zones, expected) => {
    expect(await summaries(`{ zones: ${zones} }`)).toEqual([expected]);
  });
});

test("a doh route without zones", async () => {
  const [problem] = await folder.problems("doh.yaml", "routes:\n  - doh: true\n");
  expect(problem).toMatchObject({ line: 2, message: "there are no zones that could answer" });
});

describe("secrets", () => {
  const secret = "c2VjcmV0IG9mIHR3byBzZXJ2ZXJz";
  test.each([
    `{ zones: {}, keys: { xfr: "${secret}" } }`,
    `{ zones: {}, keys: { xfr: { sercet: "${secret}" } } }`,
    `{ zones: {}, keys: { xfr: { secret: "${secret}!" } } }`,
    `{ zones: {}, keys: { xfr: { secret: ["${secret}"] } } }`,
    `{ zones: {}, keys: { xfr: { secret: "${secret}", algorithm: md5 } } }`,
    `{ zones: {}, keys: ["${secret}"] }`,
    `{ zones: {}, nsid: 1, keys: { xfr: { secret: "${secret}" } } }`,
    `{ zones: {}, cookies: { secret: "${secret}" } }`,
  ])("%s does not repeat it", async (dns) => {
    const problems = await folder.problems("secret.yaml", `routes: []\ndns: ${dns}\n`);
    expect(problems.length).toBeGreaterThan(0);
    expect(renderProblems(problems, false)).not.toContain(secret.slice(0, 10));
    expect(JSON.stringify(problems)).not.toContain(secret.slice(0, 10));
  });

  test("a file that is not there is named", async () => {
    const problems = await folder.problems(
      "file.yaml",
      `routes: []\ndns: { zones: {}, keys: { a: { secret: { file: nix } } } }\n`,
    );
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("nix cannot be read")]);
  });
});
