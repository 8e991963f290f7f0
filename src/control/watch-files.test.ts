import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fingerprint } from "./file-fingerprint.ts";
import { FileWatch } from "./watch-files.ts";

const opened: Array<() => void> = [];
afterEach(() => {
  for (const undo of opened.splice(0).reverse()) undo();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "roundtrip-watch-"));
  opened.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Watches the files as they are now. */
function watching(...paths: readonly string[]) {
  let changes = 0;
  const watch = new FileWatch(() => changes++);
  opened.push(() => watch.stop());
  const files = new Map(paths.map((path) => [path, fingerprint(path)]));
  watch.watch(files);
  return {
    watch,
    files,
    changes: () => changes,
    async until(count: number): Promise<void> {
      const deadline = performance.now() + 4000;
      while (changes < count && performance.now() < deadline) await Bun.sleep(10);
      expect(changes).toBe(count);
    },
  };
}

/** One file is looked at with every other one: when a change of this one is told of, the others are unchanged. */
async function settled(seen: ReturnType<typeof watching>, marker: string): Promise<void> {
  writeFileSync(marker, String(Math.random()));
  await seen.until(seen.changes() + 1);
}

test("a file that is written, or replaced by rename, has changed; one that is touched or gone has not", async () => {
  const at = folder();
  const [file, marker] = [join(at, "a"), join(at, "marker")];
  writeFileSync(file, "one");
  writeFileSync(marker, "");
  const seen = watching(file, marker);
  writeFileSync(file, "two");
  await seen.until(1);
  writeFileSync(join(at, "new"), "three");
  renameSync(join(at, "new"), file);
  await seen.until(2);
  utimesSync(file, 1, 1);
  await settled(seen, marker);
  rmSync(file);
  await settled(seen, marker);
  writeFileSync(file, "four");
  await seen.until(5);
});

test("a file that is being written is whole before it counts", async () => {
  const at = folder();
  const file = join(at, "a");
  writeFileSync(file, "");
  const seen = watching(file);
  let text = "";
  for (let part = 0; part < 12; part++) {
    writeFileSync(file, (text += "part "));
    await Bun.sleep(30);
    expect(seen.changes()).toBe(0);
  }
  await seen.until(1);
});

test("a link to another folder, on the way to a file as well, is followed", async () => {
  const at = folder();
  for (const release of ["1", "2"]) {
    mkdirSync(join(at, "releases", release), { recursive: true });
    writeFileSync(join(at, "releases", release, "a"), release);
  }
  symlinkSync("releases/1", join(at, "current"));
  mkdirSync(join(at, "etc"));
  symlinkSync("../current/a", join(at, "etc/a"));
  const direct = watching(join(at, "current/a"));
  const linked = watching(join(at, "etc/a"));
  symlinkSync("releases/2", join(at, "next"));
  renameSync(join(at, "next"), join(at, "current"));
  await direct.until(1);
  await linked.until(1);
  writeFileSync(join(at, "releases/2/a"), "changed where it lies");
  await direct.until(2);
  await linked.until(2);
});

test("a folder that is made again, and a file or folder that was not there", async () => {
  const at = folder();
  mkdirSync(join(at, "conf"));
  writeFileSync(join(at, "conf/a"), "one");
  const seen = watching(join(at, "conf/a"));
  const missing = watching(join(at, "later/b"), join(at, "site"));
  rmSync(join(at, "conf"), { recursive: true });
  mkdirSync(join(at, "conf"));
  writeFileSync(join(at, "conf/a"), "two");
  await seen.until(1);
  mkdirSync(join(at, "later"));
  writeFileSync(join(at, "later/b"), "here");
  await missing.until(1);
  mkdirSync(join(at, "site"));
  await missing.until(2);
});

test("what is added to the files later counts; after stop nothing does", async () => {
  const at = folder();
  const [file, marker] = [join(at, "a"), join(at, "marker")];
  for (const path of [file, marker]) writeFileSync(path, "one");
  const seen = watching(marker);
  seen.files.set(file, fingerprint(file));
  writeFileSync(file, "two");
  await seen.until(1);
  seen.watch.stop();
  seen.watch.watch(seen.files);
  const other = watching(marker);
  writeFileSync(marker, "two");
  await other.until(1);
  expect(seen.changes()).toBe(1);
});
