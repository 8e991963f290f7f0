/** Real files, and time that the test moves: the watch is only there where the test is about it. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Discovery } from "./discovery.ts";
import type { DiscoveryOptions } from "./discovery.ts";
import { FakePool } from "./fake-pool-for-tests.ts";
import type { WatchFolder } from "./source-runner.ts";
import { watchFolder } from "./watch-folder.ts";

let folder = "";
let path = "";
let now = 0;
let running: Discovery[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-targets-"));
  path = join(folder, "targets.json");
  now = 1000;
});

afterEach(() => {
  for (const discovery of running) discovery.stop();
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

const unwatched: WatchFolder = () => {
  throw new Error("not watched");
};

function start(options: DiscoveryOptions = { watchFolder: unwatched }): { pool: FakePool; discovery: Discovery } {
  const pool = new FakePool({ kind: "file", text: `file ${path}`, path });
  const discovery = new Discovery(options);
  running.push(discovery);
  discovery.sync([pool.live], now);
  return { pool, discovery };
}

function pass(discovery: Discovery, milliseconds: number): void {
  for (const end = now + milliseconds; now < end;) {
    now += 100;
    discovery.tick(now);
  }
}

describe("targets by file", () => {
  test("read at the start, before the first tick", () => {
    writeFileSync(path, '["10.0.0.1:80", {"address": "10.0.0.2:80", "weight": 3}]');
    const { pool } = start();
    expect(pool.addresses).toBe("10.0.0.1:80 10.0.0.2:80");
    expect(pool.targets[1]!.weight).toBe(3);
    expect(pool.problem).toBe("");
  });

  test("written again: read within the next second, and then not again", () => {
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start();
    pass(discovery, 2000);
    const before = pool.lists.length;
    writeFileSync(path, '["10.0.0.2:80"]');
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.2:80");
    pass(discovery, 5000);
    expect(pool.lists).toHaveLength(before + 1);
  });

  test("replaced by a rename", () => {
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start();
    pass(discovery, 2000);
    writeFileSync(`${path}.new`, '["10.0.0.2:80"]');
    renameSync(`${path}.new`, path);
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.2:80");
  });

  test("behind a symbolic link that is turned, as Kubernetes does", () => {
    for (const [name, address] of [
      ["one", "10.0.0.1:80"],
      ["two", "10.0.0.2:80"],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "targets.json"), JSON.stringify([address]));
    }
    symlinkSync("one", join(folder, "..data"));
    symlinkSync("..data/targets.json", path);
    const { pool, discovery } = start();
    pass(discovery, 500);
    symlinkSync("two", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.2:80");
  });

  test("not read while it is being written, and no problem is made of it", () => {
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start();
    pass(discovery, 2000);
    truncateSync(path, 0);
    for (const part of ['["10.0', ".0.2:", '80", "10.0', '.0.3:80"', "]"]) {
      pass(discovery, 100);
      // The look that sees the part comes with the next tick.
      appendFileSync(path, part);
    }
    expect(pool.problems).toBe(0);
    pass(discovery, 1300);
    expect(pool.addresses).toBe("10.0.0.2:80 10.0.0.3:80");
    expect(pool.problems).toBe(0);
  });

  test("half of it is there for long: said, and read again when the rest comes", () => {
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start();
    pass(discovery, 500);
    writeFileSync(path, '[\n  "10.0.0.2:80",');
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.1:80");
    expect(pool.problem).toBe(
      `${path}:2:17: a JSON value is expected, but the file ends; the 1 target of before is kept`,
    );
    appendFileSync(path, '"10.0.0.3:80"]');
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.2:80 10.0.0.3:80");
    expect(pool.problem).toBe("");
  });

  test("a bad target keeps the list and says file, line and column, once", () => {
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start();
    pass(discovery, 500);
    writeFileSync(path, '[\n  "10.0.0.2:80",\n  { "address": "10.0.0.3:80", "weight": -1 }\n]');
    pass(discovery, 5000);
    expect(pool.problem).toBe(
      `${path}:3:41: [1].weight: -1 is too small; expected: a whole number from 0 to 256; the 1 target of before is kept`,
    );
    expect(pool.problems).toBe(1);
  });

  test("missing at the start, then there", () => {
    const { pool, discovery } = start();
    expect(pool.problem).toBe(`${path}: there is no such file; it has named no target yet`);
    writeFileSync(path, '["10.0.0.1:80"]');
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.1:80");
    expect(pool.problem).toBe("");
  });

  test("taken away: the list is kept", () => {
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start();
    pass(discovery, 500);
    rmSync(path);
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.1:80");
    expect(pool.problem).toBe(`${path}: there is no such file; the 1 target of before is kept`);
  });

  test("its folder is made later", () => {
    path = join(folder, "later", "targets.json");
    const { pool, discovery } = start({});
    pass(discovery, 500);
    mkdirSync(dirname(path));
    writeFileSync(path, '["10.0.0.1:80"]');
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.1:80");
  });

  test("an empty list empties no pool", () => {
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start();
    pass(discovery, 500);
    writeFileSync(path, "[]");
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.1:80");
    expect(pool.problem).toBe(`${path}: the list is empty; the 1 target of before is kept`);
  });

  test("YAML by its name, in either spelling", () => {
    path = join(folder, "targets.YML");
    writeFileSync(path, "- 10.0.0.1:80 # one\n- { address: '10.0.0.2:80', backup: true }\n");
    const { pool } = start();
    expect(pool.addresses).toBe("10.0.0.1:80 10.0.0.2:80");
    expect(pool.targets[1]!.backup).toBe(true);
  });

  test("what is no file of text", () => {
    mkdirSync(path);
    const { pool, discovery } = start();
    expect(pool.problem).toContain(": is not a regular file; ");
    rmSync(path, { recursive: true });
    writeFileSync(path, Uint8Array.of(0x5b, 0xff, 0x5d));
    pass(discovery, 1200);
    expect(pool.problem).toContain(": is not UTF-8 text; ");
    writeFileSync(path, `["10.0.0.1:80"]${" ".repeat(1_048_576)}`);
    pass(discovery, 1200);
    expect(pool.problem).toContain(": is longer than 1048576 bytes; ");
    writeFileSync(path, '\uFEFF["10.0.0.1:80"]');
    pass(discovery, 1200);
    expect(pool.addresses).toBe("10.0.0.1:80");
  });

  test("a FIFO does not block", () => {
    if (Bun.spawnSync(["mkfifo", path]).exitCode !== 0) return;
    const { pool } = start();
    expect(pool.problem).toContain(": is not a regular file; ");
  });
});

describe("the watch on the folder", () => {
  test("has the file looked at with the next tick; what does not change it is no reason to read", () => {
    let stir = (): void => undefined;
    let stopped = 0;
    writeFileSync(path, '["10.0.0.1:80"]');
    const { pool, discovery } = start({
      watchFolder: (watched, stirred) => {
        expect(watched).toBe(folder);
        stir = stirred;
        return () => stopped++;
      },
    });
    pass(discovery, 1500);
    const before = pool.lists.length;
    stir();
    pass(discovery, 300);
    expect(pool.lists).toHaveLength(before);
    writeFileSync(path, '["10.0.0.2:80"]');
    stir();
    pass(discovery, 200);
    expect(pool.addresses).toBe("10.0.0.2:80");
    discovery.stop();
    expect(stopped).toBe(1);
  });

  test("the system's tells of what happens in the folder until it is stopped", async () => {
    let count = 0;
    const stop = watchFolder(folder, () => count++);
    writeFileSync(path, "[]");
    for (let tries = 0; count === 0 && tries < 400; tries++) await Bun.sleep(5);
    expect(count).toBeGreaterThan(0);
    stop();
    const before = count;
    writeFileSync(path, "[1]");
    await Bun.sleep(30);
    expect(count).toBe(before);
    expect(() => watchFolder(join(folder, "nowhere"), () => undefined)).toThrow("ENOENT");
  });
});
