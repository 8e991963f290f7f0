/**
 * Keys of a zone change, under a parent that follows CDS as RFC 7344 has it: `dnssec-cds` plays it with what the zone
 * serves at each step, and delv validates from the DS set that comes of it. Keys are planned as far back as the step is
 * away, so that all programs see it at the time of their own clocks.
 */
import { atOnce } from "../../src/time/slices.ts";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zoneFrom } from "../../src/dns/authority/ask-for-tests.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { ZoneSigning } from "../../src/dns/authority/zone-signing.ts";
import { KEY_TIMES, type TimedKey } from "../../src/dns/dnssec/key-times.ts";
import { planRollover } from "../../src/dns/dnssec/rollover.ts";
import { generateKey, type KeyRole, type SigningAlgorithm } from "../../src/dns/dnssec/signing-key.ts";
import { type CdsPolicy, dsLines } from "../../src/dns/dnssec/zone-keys.ts";
import { type RunningDnsServer, startDnsServer } from "../../src/dns/server/dns-server.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const PEERS = ["dnssec-cds", "delv", "dig"];
const missing = PEERS.filter((peer) => Bun.which(peer) === null);
if (missing.length > 0) console.warn(`SKIPPED: ${missing.join(", ")} not installed (bind9-utils, bind9-dnsutils)`);

const APEX = "roll.test.";
const DATA = zoneFrom("@ NS ns1\nns1 A 127.0.0.1\nwww A 192.0.2.80\n*.w A 192.0.2.9", APEX);

const zones = new ZoneSet();
let folder = "";
let server: RunningDnsServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-rollover-"));
  const host = "127.0.0.1";
  const listen = (["udp", "tcp"] as const).map((transport) => ({ transport, host, port: 0 }));
  server = await startDnsServer({ zones, listen, rateLimit: false });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "pipe", cwd: folder });
  const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, error };
}

interface Step {
  /** The parent had this before, and has what came of it. */
  readonly ds: string;
  readonly problem: string;
}

/** Serves the zone with these keys, has the parent look at it, and validates from the DS that it then has. */
async function step(
  keys: readonly TimedKey[],
  ds: string,
  online: boolean,
  publishCds: CdsPolicy = true,
): Promise<Step> {
  serve(keys, online, publishCds);
  const { port } = server.listening[0]!;
  const at = ["@127.0.0.1", "-p", String(port), "+dnssec", "+noall", "+answer", "+tcp"];
  const asked = await run("dig", ...["DNSKEY", "CDS", "CDNSKEY"].flatMap((type) => [...at, APEX, type]));
  writeFileSync(join(folder, "child"), asked.out);
  writeFileSync(join(folder, "dsset"), ds);
  const parent = await run("dnssec-cds", "-s", "20200101000000", "-d", "dsset", "-f", "child", APEX);
  if (parent.code !== 0) return { ds, problem: parent.error };
  const after = parent.out.trim() === "" ? "" : parent.out;
  const problems: string[] = [];
  // Resolvers have the DS set from before as well as the one that comes now.
  const known = new Set([ds, after === "" ? ds : after].map(anchorsOf));
  for (const anchors of known) problems.push(await validate(anchors));
  return { ds: after, problem: problems.filter((problem) => problem !== "").join("\n") };
}

function serve(keys: readonly TimedKey[], online: boolean, publishCds: CdsPolicy): void {
  const signing = new ZoneSigning({ keys, online, policy: { publishCds } });
  zones.set(atOnce(signing.open(DATA, Math.floor(Date.now() / 1000))));
}

/** The DS set as delv reads it, the same whatever the order and the layout it came in. */
function anchorsOf(ds: string): string {
  const found = [...ds.matchAll(/\bDS\s+(\d+) (\d+) (\d+) ([0-9A-Fa-f ]+)/g)].map(
    ([, tag, algorithm, digest, hash]) =>
      `"${APEX}" static-ds ${tag} ${algorithm} ${digest} "${hash!.replaceAll(/\s/g, "").toUpperCase()}";`,
  );
  return `trust-anchors {\n${found.toSorted().join("\n")}\n};\n`;
}

async function validate(anchors: string): Promise<string> {
  writeFileSync(join(folder, "anchors"), anchors);
  const questions = [
    [APEX, "SOA"],
    [`www.${APEX}`, "A"],
    [`x.w.${APEX}`, "A"],
    [`nx.${APEX}`, "A"],
  ];
  const problems = questions.map(async ([name, type]) => {
    const said = await delv(name!, type!);
    return VALIDATED.test(said) ? "" : `${name} ${type} from ${anchors}: ${said}`;
  });
  return (await Promise.all(problems)).find((problem) => problem !== "") ?? "";
}

/** What delv says of a question to us, with the DS set in "anchors". */
async function delv(name: string, type: string): Promise<string> {
  const port = String(server.listening[0]!.port);
  const { out, error } = await run(
    "delv",
    "-a",
    "anchors",
    `+root=${APEX}`,
    "+tcp",
    "-p",
    port,
    "@127.0.0.1",
    name,
    type,
  );
  return `${out}${error}`;
}

const VALIDATED = /^; (?:negative response, )?fully validated/m;

const HOUR = 3_600;
const HOURS = 200;

interface Change {
  readonly roles: readonly KeyRole[];
  readonly from: SigningAlgorithm;
  readonly to: SigningAlgorithm;
  readonly online: boolean;
}

const CHANGES: readonly Change[] = [
  { roles: ["ksk"], from: 13, to: 13, online: false },
  { roles: ["csk"], from: 13, to: 13, online: false },
  { roles: ["csk"], from: 15, to: 15, online: true },
  { roles: ["ksk", "zsk"], from: 13, to: 15, online: false },
  { roles: ["csk"], from: 13, to: 15, online: false },
  { roles: ["csk"], from: 15, to: 13, online: true },
];

describe.skipIf(missing.length > 0)("under a parent that reads CDS", () => {
  test.each(CHANGES.map((change) => [`${change.roles.join("+")} ${change.from}→${change.to}`, change] as const))(
    "%s validates at every step",
    async (_, { roles, from, to, online }) => {
      const resting: TimedKey[] =
        roles.includes("ksk") && !roles.includes("zsk") ? [{ key: generateKey(from, "zsk"), times: {} }] : [];
      const changing = roles.map((role) => ({ old: generateKey(from, role), successor: generateKey(to, role) }));
      const all = changing.flatMap(({ old, successor }) => [old, successor]);
      const at = (start: number): TimedKey[] => {
        const planned = changing.map(({ old, successor }) => planRollover({ key: old, times: {} }, successor, start));
        return [...resting, ...planned.flatMap(({ current, successor }) => [current, successor])];
      };
      const times = new Set(at(0).flatMap((key) => KEY_TIMES.flatMap((name) => key.times[name] ?? [])));
      // Right behind each change, and halfway to the next.
      const moments = [...times].toSorted((a, b) => a - b).flatMap((time) => [time + 60, time + HOUR]);
      let ds =
        dsLines(
          DATA.apex,
          all.filter((key) => key === changing[0]!.old),
        ).join("\n") + "\n";
      const seen = new Set<number>();
      for (const moment of [-HOUR, ...moments, HOURS * HOUR]) {
        const { ds: after, problem } = await step(at(Math.floor(Date.now() / 1000) - moment), ds, online);
        expect({ moment: moment / HOUR, problem }).toEqual({ moment: moment / HOUR, problem: "" });
        seen.add(after.trim().split("\n").length);
        ds = after;
      }
      // Both, at some time, and the new one alone in the end.
      expect([...seen].toSorted((a, b) => a - b)).toEqual([1, 2]);
      const last = changing.find(({ successor }) => successor.role !== "zsk")!.successor;
      expect(ds).toContain(` DS ${last.tag} ${to} 2 `);
    },
    60_000,
  );

  test("a zone that is to be signed no more says so in a way that its parent can believe (RFC 8078 §4)", async () => {
    const key = generateKey(13, "csk");
    const ds = `${dsLines(DATA.apex, [key]).join("\n")}\n`;
    const zone = [{ key, times: {} }];
    // Without CDS the parent leaves things as they are.
    expect((await step(zone, ds, false, false)).ds).toContain(` ${key.tag} 13 2 `);
    // BIND 9.18's dnssec-cds takes the algorithm 0 for a key's: what a parent goes by is asked here with delv.
    serve(zone, false, "delete");
    writeFileSync(join(folder, "anchors"), anchorsOf(ds));
    for (const [type, data] of [
      ["CDS", "0 0 0 00"],
      ["CDNSKEY", "0 3 0 AA=="],
    ] as const) {
      const out = await delv(APEX, type);
      expect(out).toMatch(VALIDATED);
      expect(out).toMatch(new RegExp(`\\sIN\\s+${type}\\s+${data}\\s`));
    }
  });
});
