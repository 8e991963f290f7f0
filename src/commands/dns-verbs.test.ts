import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyFile } from "../dns/dnssec/key-file.ts";
import { zoneFromFile } from "../dns/store/zone-from-file.ts";
import { parseName } from "../dns/wire/name.ts";
import { typeName } from "../dns/wire/record-type.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const MAIN = join(import.meta.dir, "..", "main.ts");
const folder = mkdtempSync(join(tmpdir(), "roundtrip-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): { exitCode: number; out: string; error: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, MAIN, "dns", ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", LC_ALL: "C.UTF-8" },
  });
  return { exitCode, out: stdout.toString(), error: stderr.toString() };
}

interface CreatedKey {
  readonly file: string;
  readonly tag: number;
  readonly ds: string | null;
}

function create(...args: string[]): CreatedKey {
  return JSON.parse(run("key", "create", ...args, "--json").out) as CreatedKey;
}

describe("roundtrip dns key create", () => {
  test("writes a key that only its owner can read, and says what to do with it", () => {
    const { exitCode, out } = run("key", "create", "shop.test");
    expect(exitCode).toBe(0);
    const file = /^(K\S+\.pem) {2}CSK (\d+) of shop\.test\., ecdsa-p256$/m.exec(out)?.[1] ?? "";
    expect(file).toMatch(/^Kshop\.test\.\+013\+\d{5}\.pem$/);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const hint = /^ {2}(dnssec: .*)$/m.exec(out)![1]!;
    expect(hint).toBe(`dnssec: ["${join(realpathSync(folder), file)}"]`);
    expect(out).toContain('below dns.zones."shop.test"');
    expect(out).toMatch(/^ {2}shop\.test\. IN DS \d+ 13 2 [0-9a-f]{64}$/m);
  });

  test("what it says to write signs the zone, wherever the config lies", () => {
    const { out } = run("key", "create", "hint.test", "--folder", ".");
    const hint = /^ {2}(dnssec: .*)$/m.exec(out)![1]!;
    const elsewhere = mkdtempSync(join(folder, "elsewhere-"));
    const config = join(elsewhere, "edge.yaml");
    const records = 'records: { "@": { NS: ns1 }, ns1: { A: 192.0.2.1 } }';
    writeFileSync(
      config,
      `routes: [{ respond: { status: 204 } }]\ndns: { zones: { hint.test: { ${records}, ${hint} } } }\n`,
    );
    const checked = Bun.spawnSync([process.execPath, MAIN, "check", "--json", config], { cwd: "/" });
    expect(checked.exitCode).toBe(0);
    expect(checked.stdout.toString()).toContain('"role": "csk"');
  });

  test("makes the key that is asked for", () => {
    const { file, ds } = create("shop.test", "--role", "zsk", "--algorithm", "ed25519");
    const { key } = readKeyFile(join(folder, file));
    expect([key.role, key.algorithm, ds]).toEqual(["zsk", 15, null]);
  });

  test("refuses what is not a zone, no role, no folder", () => {
    expect(run("key", "create", "a..b")).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining("has an empty label"),
    });
    expect(run("key", "create", "shop.test", "--role", "key").error).toContain("csk");
    expect(run("key", "create", "shop.test", "--folder", "nowhere").error).toContain("cannot be written");
  });
});

describe("roundtrip dns key ds", () => {
  test("prints the record alone", () => {
    const { file, ds } = create("shop.test", "--role", "ksk");
    expect(run("key", "ds", file)).toEqual({ exitCode: 0, out: `${ds}\n`, error: "" });
  });

  test("a ZSK has none", () => {
    const { file } = create("shop.test", "--role", "zsk");
    expect(run("key", "ds", file)).toMatchObject({ exitCode: 1, out: "" });
  });

  test("a file that is not a key is named", () => {
    expect(run("key", "ds", "none.pem")).toMatchObject({ exitCode: 2, error: expect.stringContaining("none.pem") });
  });
});

describe("roundtrip dns key rollover", () => {
  test("to another algorithm is of all keys at once, with a DS that stands beside the old one", () => {
    const made = ["ksk", "zsk"].map((role) => create("other.test", "--role", role));
    const files = made.map(({ file }) => file);
    const begun = run("key", "rollover", "other.test", ...files, "--begin", "--algorithm", "ed25519", "--json");
    const { keys, steps } = JSON.parse(begun.out) as {
      keys: { role: string; file: string }[];
      steps: { action: string; at: number }[];
    };
    expect(keys.map(({ role, file }) => `${role} ${/\+0(\d+)\+/.exec(file)![1]}`)).toEqual([
      "ksk 13",
      "ksk 15",
      "zsk 13",
      "zsk 15",
    ]);
    const old = readKeyFile(join(folder, files[0]!)).times;
    const successor = readKeyFile(join(folder, keys[1]!.file)).times;
    const at = (action: string): number => steps.find((step) => step.action === action)!.at;
    expect([successor.syncPublish, old.syncDelete]).toEqual([at("add-ds"), at("remove-ds")]);
    expect(successor.syncPublish).toBeLessThan(old.syncDelete!);
  });

  test("shows that nothing is due, begins, and then shows the steps", () => {
    const { file, tag } = create("roll.test");
    expect(run("key", "rollover", "roll.test", file).out).toContain("No rollover is under way");

    const begun = run("key", "rollover", "roll.test", file, "--begin", "--ds-ttl", "1h", "--registration", "1h");
    expect(begun.exitCode).toBe(0);
    const files = readdirSync(folder).filter((name) => name.startsWith("Kroll.test."));
    expect(files).toHaveLength(2);
    const successor = readKeyFile(
      join(
        folder,
        files.find((name) => name !== file)!,
      ),
    );
    const current = readKeyFile(join(folder, file));
    expect(current.times.retire).toBe(successor.times.activate);
    expect(begun.out.replaceAll(/\s+/g, " ")).toContain(
      `key ${successor.key.tag} signs the DNSKEY set and the zone in the place of ${tag}`,
    );
    // A record that is to be copied stands on one line.
    expect(begun.out).toMatch(/^ +DS \d+ 13 2 [0-9a-f]{64}$/m);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, file), "utf8")).toContain("zone: roll.test.");

    const shown = JSON.parse(run("key", "rollover", "roll.test", ...files, "--ds-ttl", "1h", "--json").out) as {
      steps: Array<{ action: string }>;
    };
    expect(shown.steps.map(({ action }) => action).toSorted()).toEqual([
      "activate",
      "add-ds",
      "publish",
      "remove",
      "remove-ds",
      "retire",
    ]);

    const again = run("key", "rollover", "roll.test", ...files, "--begin");
    expect(again).toMatchObject({ exitCode: 2, error: expect.stringContaining("has no successor yet") });
  });

  test("asks which key when several could be meant, and refuses those of other zones", () => {
    const ksk = create("two.test", "--role", "ksk");
    const zsk = create("two.test", "--role", "zsk");
    expect(run("key", "rollover", "two.test", ksk.file, zsk.file, "--begin").error).toContain("--role");
    expect(run("key", "rollover", "two.test", ksk.file, zsk.file, "--begin", "--role", "zsk").exitCode).toBe(0);
    expect(run("key", "rollover", "other.test", ksk.file).error).toContain("is a key of two.test.");
  });
});

describe("roundtrip dns sign", () => {
  const ZONE = "$TTL 1h\n@ SOA ns1 hostmaster 1 2h 1h 2w 5m\n@ NS ns1\nns1 A 192.0.2.1\n";

  test("writes a zone file that a server reads without the key", async () => {
    const { file } = create("sign.test");
    writeFileSync(join(folder, "sign.zone"), ZONE);
    const { exitCode, error } = run("sign", "sign.test", "sign.zone", "--key", file, "--output", "sign.signed");
    expect([exitCode, error]).toEqual([0, ""]);
    const path = join(folder, "sign.signed");
    const { zone, problems } = await zoneFromFile(path, parseName("sign.test") as Uint8Array);
    expect(problems).toEqual([]);
    const types = new Set(Array.from(zone!.setType, (type) => typeName(type)));
    for (const type of ["SOA", "NS", "A", "DNSKEY", "RRSIG", "NSEC"]) expect(types).toContain(type);
  });

  test("a bad line, a zone that cannot be served, a key that cannot sign", () => {
    writeFileSync(join(folder, "bad.zone"), `${ZONE}www A here\n`);
    writeFileSync(join(folder, "bare.zone"), "$TTL 1h\nwww A 192.0.2.1\n");
    writeFileSync(join(folder, "good.zone"), ZONE);
    const csk = create("sign.test").file;
    const zsk = create("sign.test", "--role", "zsk").file;
    expect(run("sign", "sign.test", "bad.zone", "--key", csk)).toMatchObject({
      exitCode: 1,
      out: "",
      error: expect.stringContaining("bad.zone:5:7"),
    });
    expect(run("sign", "sign.test", "bare.zone", "--key", csk)).toMatchObject({ exitCode: 1, out: "" });
    expect(run("sign", "sign.test", "good.zone", "--key", zsk)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining("no key signs the DNSKEY set"),
    });
    expect(run("sign", "sign.test", "none.zone", "--key", csk).error).toContain("none.zone cannot be read");
  });
});
