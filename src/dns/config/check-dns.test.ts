import { afterAll, describe, expect, test } from "bun:test";
import { formatBindKey } from "../dnssec/dnssec-for-tests.ts";
import { writeKeyFile } from "../dnssec/key-file.ts";
import { generateKey, type KeyRole } from "../dnssec/signing-key.ts";
import { parseName } from "../wire/name.ts";
import { checkDns, type DnsCheck } from "./check-dns.ts";
import { TestFolder } from "../../config/files-for-tests.ts";
import { loadConfig } from "../../config/load.ts";
import { type ConfigError, formatPath, type ConfigProblem } from "../../schema/problem.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

async function check(dns: string): Promise<DnsCheck> {
  const loaded = await loadConfig(folder.write("edge.yaml", `routes: []\ndns:\n  zones: ${dns}\n`));
  return checkDns(loaded.config.dns!, loaded);
}

function words({ line, path, message }: ConfigProblem): string {
  return `${line} ${formatPath(path.slice(2))}: ${message}`;
}

function keyFile(name: string, role: KeyRole): string {
  const path = `${folder.path}/${name}`;
  writeKeyFile(path, parseName("shop.test") as Uint8Array, { key: generateKey(15, role), times: {} });
  return path;
}

const TWO_SERVERS = '"@": { NS: [ns1, ns2] }, ns1: { A: 192.0.2.1 }, ns2: { A: 198.51.100.1 }';

describe("zones", () => {
  test("from a file and from the config are read and counted", async () => {
    folder.write(
      "good.zone",
      "$TTL 1h\n@ SOA ns1 hostmaster 9 2h 1h 2w 5m\n@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 198.51.100.1\n",
    );
    const { zones, problems } = await check(`{ a.test: { file: good.zone }, b.test: { records: { ${TWO_SERVERS} } } }`);
    expect(problems).toEqual([]);
    expect(zones.map(({ serial, records, findings }) => [serial, records, findings])).toEqual([
      [9, 5, []],
      [-1, 5, []],
    ]);
  });

  test("a bad line is shown in its own file", async () => {
    folder.write("bad.zone", "$TTL 1h\n@ SOA ns1 hostmaster 9 2h 1h 2w 5m\n@ NS ns1\nns1 A 192.0.2.256\n");
    const { problems } = await check("{ a.test: { file: bad.zone } }");
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      file: `${folder.path}/bad.zone`,
      line: 4,
      column: 7,
      sourceLine: "ns1 A 192.0.2.256",
    });
  });

  test("a file that is not there is a problem of the line that names it", async () => {
    const { problems } = await check("{ a.test: { file: none.zone } }");
    expect(problems.map(words)).toEqual([
      expect.stringMatching(/^3 \["a\.test"\]\.file: \S+none\.zone cannot be read/),
    ]);
  });

  test("a bad record is a problem of its line, with the nearest word", async () => {
    const { problems } = await check(`{ a.test: { records: { ${TWO_SERVERS}, www: { AAA: "::1" } } } }`);
    expect(problems.map(({ line, nearest }) => [line, nearest])).toEqual([[3, "AAAA"]]);
  });

  test("one that cannot be served is a problem with its remedy", async () => {
    const { problems } = await check("{ a.test: { records: { www: { A: 192.0.2.1 } } } }");
    expect(problems.map(words)).toEqual(['3 ["a.test"]: a.test. NS: the apex has no NS record']);
    expect(problems[0]?.remedy).toContain("NS");
  });

  test("what could be better is found, and is no problem", async () => {
    const { zones, problems } = await check(`{ a.test: { records: { ${TWO_SERVERS}, www: { CNAME: nowhere } } } }`);
    expect(problems).toEqual([]);
    expect(zones[0]?.findings).toMatchObject([{ severity: "warning", owner: "www.a.test.", type: "CNAME" }]);
  });
});

describe("hints name a config that works", () => {
  const apex = '"@": { NS: [ns1, ns2] }, ns1: { A: 192.0.2.1 }, ns2: { A: 198.51.100.1 }';

  test("at a CNAME at the apex", async () => {
    const alias = apex.replace("] }", "], CNAME: other.example. }");
    const { problems } = await check(`{ a.test: { records: { ${alias} } } }`);
    const [, steering] = /`(steering: .+)`/.exec(problems[0]!.remedy!)!;
    const fixed = await check(`{ a.test: { records: { ${apex} }, ${steering} } }`);
    expect([fixed.problems, fixed.zones[0]?.findings]).toEqual([[], []]);
  });

  test("at places without a database", async () => {
    const pops = "pops: { a: { addresses: [192.0.2.9] }, b: { addresses: [192.0.2.8] } }";
    const zone = (rule: string): string =>
      `a.test: { records: { ${apex} }, steering: { www: { ${pops}, geography: { "${rule}": a, "*": b } } } }`;
    for (const rule of ["country:DE", "asn:64500"]) {
      const remedy = await check(`{ ${zone(rule)} }`).then(
        () => "",
        (error: ConfigError) => error.problems[0]!.remedy ?? "",
      );
      const [, geo] = /dns\.(geo: .+?)(?:;|$)/.exec(remedy)!;
      const loaded = await loadConfig(
        folder.write("hint.yaml", `routes: []\ndns:\n  ${geo}\n  zones: { ${zone(rule)} }\n`),
      );
      expect(loaded.config.dns!.steering!.databases).toEqual({
        [rule === "asn:64500" ? "asn" : "place"]: expect.stringContaining(".mmdb"),
      });
    }
  });
});

describe("steered names", () => {
  test("need no record of their own, and are targets that exist", async () => {
    const steering = "steering: { shop: { pops: { here: { addresses: [192.0.2.9] } } } }";
    const { zones, problems } = await check(
      `{ a.test: { records: { ${TWO_SERVERS}, www: { CNAME: shop } }, ${steering} } }`,
    );
    expect([problems, zones[0]?.findings]).toEqual([[], []]);
  });

  test("can have no CNAME", async () => {
    const steering = "steering: { www: { alias: x.test } }";
    const { problems } = await check(`{ a.test: { records: { ${TWO_SERVERS}, www: { CNAME: ns1 } }, ${steering} } }`);
    expect(problems.map(words)).toEqual(['3 ["a.test"].steering.www: the name has a CNAME']);
  });

  test("belong to the deepest zone", async () => {
    const zone = `records: { ${TWO_SERVERS} }`;
    const steering = "steering: { www: { alias: x.test } }";
    const { problems } = await check(`{ a.test: { ${zone} }, b.a.test: { ${zone}, ${steering} } }`);
    expect(problems).toEqual([]);
  });
});

describe("keys", () => {
  const zone = (files: readonly string[]): string =>
    `{ shop.test: { records: { ${TWO_SERVERS} }, dnssec: ${JSON.stringify(files)} } }`;

  test("are read", async () => {
    const { zones, problems } = await check(zone([keyFile("a.ksk", "ksk"), keyFile("a.zsk", "zsk")]));
    expect(problems).toEqual([]);
    expect(zones[0]?.keys.map(({ key }) => key.role)).toEqual(["ksk", "zsk"]);
  });

  test("of BIND: a lone one with the entry point bit is a CSK, beside a ZSK a KSK", async () => {
    const apex = parseName("shop.test") as Uint8Array;
    const bindFile = (role: KeyRole): string => {
      const files = formatBindKey(apex, { key: generateKey(13, role), times: {} });
      folder.write(`${files.base}.key`, files.key);
      return folder.write(`${files.base}.private`, files.private);
    };
    const roles = async (files: readonly string[]): Promise<string[]> => {
      const { zones, problems } = await check(zone(files));
      expect(problems).toEqual([]);
      return zones[0]!.keys.map(({ key }) => key.role);
    };
    const [ksk, zsk] = [bindFile("ksk"), bindFile("zsk")];
    expect(await roles([ksk])).toEqual(["csk"]);
    expect(await roles([ksk, zsk])).toEqual(["ksk", "zsk"]);
    // Our own files say what they are.
    const { problems } = await check(zone([keyFile("lone.ksk", "ksk")]));
    expect(problems.map(words)).toEqual([expect.stringContaining("no key signs the zone's records")]);
  });

  test("that are not there are named", async () => {
    const { problems } = await check(zone(["none.pem"]));
    expect(problems.map(words)).toEqual([expect.stringMatching(/none\.pem: there is no such file$/)]);
  });

  test("must sign everything", async () => {
    const { problems } = await check(zone([keyFile("b.zsk", "zsk")]));
    expect(problems.map(words)).toEqual([expect.stringContaining("no key signs the DNSKEY set")]);
  });
});

test("a certificate and a geo database must be there", async () => {
  const steering = "steering: { www: { alias: x.test } }";
  const text = `routes: []
dns:
  listeners: [{ tls: 127.0.0.1:853 }]
  tls: { certificate: c.pem, key: k.pem }
  geo: g.mmdb
  zones: { a.test: { records: { ${TWO_SERVERS} }, ${steering} } }
`;
  const loaded = await loadConfig(folder.write("files.yaml", text));
  const { problems } = await checkDns(loaded.config.dns!, loaded);
  expect(problems.map(({ line, message }) => [line, message.split("/").at(-1)])).toEqual([
    [5, "g.mmdb cannot be read"],
    [4, "c.pem cannot be read"],
    [4, "k.pem cannot be read"],
  ]);
});

test("keys and signatures of a source that is signed here are nobody's concern", async () => {
  const records = `"@": { NS: [ns1, ns2], DNSKEY: 257 3 13 AQPS }, ns1: { A: 192.0.2.1 }, ns2: { A: 198.51.100.1 }`;
  const found = async (dnssec: string): Promise<string[]> => {
    const { zones, problems } = await check(`{ shop.test: { records: { ${records} }${dnssec} } }`);
    expect(problems).toEqual([]);
    return zones[0]!.findings.map(({ type }) => type);
  };
  expect(await found("")).toEqual(["DNSKEY"]);
  expect(await found(`, dnssec: "${keyFile("own.pem", "csk")}"`)).toEqual([]);
});

test("a signed zone whose serial may fall with a restart is told of", async () => {
  const key = keyFile("serial.pem", "csk");
  const soa = (serial: number): string => `$TTL 1h\n@ SOA ns1 hostmaster ${serial} 2h 1h 2w 5m\n`;
  const rest = "@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 198.51.100.1\n";
  const found = async (serial: number): Promise<string[]> => {
    folder.write("dated.zone", soa(serial) + rest);
    const { zones } = await check(`{ shop.test: { file: dated.zone, dnssec: "${key}" } }`);
    return zones[0]!.findings.map(({ message }) => message);
  };
  expect(await found(2_026_112_801)).toEqual([]);
  folder.write("dated.zone.serial", "{ damaged");
  expect(await found(2_026_112_801)).toEqual([expect.stringMatching(/may fall .* is damaged: it holds no serials$/)]);
  // The clock is later.
  expect(await found(5)).toEqual([]);
});
