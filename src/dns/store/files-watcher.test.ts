import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FilesWatcher } from "./files-watcher.ts";

const root = mkdtempSync(join(tmpdir(), "roundtrip-watch-"));
let open: FilesWatcher | null = null;

afterEach(() => open?.close());
afterAll(() => rmSync(root, { recursive: true }));

/** A watcher, and the files that it tells of next. */
function watching(files: readonly string[]): { told: string[][]; next: () => Promise<string[]> } {
  const told: string[][] = [];
  let wake: (() => void) | null = null;
  open = new FilesWatcher((changed) => {
    told.push([...changed].toSorted());
    wake?.();
  });
  open.watch(new Set(files));
  let taken = 0;
  const next = async (): Promise<string[]> => {
    while (told.length <= taken) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return told[taken++]!;
  };
  return { told, next };
}

function folder(name: string): string {
  const path = join(root, name);
  mkdirSync(path);
  return path;
}

test("files that are written, replaced, and appear", async () => {
  const at = folder("files");
  const [a, b, c] = ["a.zone", "b.zone", "c.zone"].map((name) => join(at, name)) as [string, string, string];
  writeFileSync(a, "1");
  writeFileSync(b, "1");
  const { told, next } = watching([a, b, c]);
  writeFileSync(a, "22");
  expect(await next()).toEqual([a]);
  writeFileSync(`${b}.new`, "22");
  renameSync(`${b}.new`, b);
  writeFileSync(c, "1");
  expect(await next()).toEqual([b, c]);
  expect(told).toHaveLength(2);
});

test("a file is told of once it is whole, even where something else is written all the time", async () => {
  const at = folder("busy");
  const file = join(at, "a.zone");
  writeFileSync(file, "1");
  const { told, next } = watching([file]);
  const busy = setInterval(() => writeFileSync(join(at, "..log"), String(performance.now())), 10);
  const writing = setInterval(() => writeFileSync(file, String(performance.now())), 30);
  await Bun.sleep(350);
  clearInterval(writing);
  expect(told).toEqual([]);
  expect(await next()).toEqual([file]);
  clearInterval(busy);
});

test("a mounted folder whose link is turned to another one (Kubernetes)", async () => {
  const at = folder("mounted");
  for (const version of ["..1", "..2"]) {
    mkdirSync(join(at, version));
    writeFileSync(join(at, version, "a.zone"), version);
  }
  symlinkSync("..1", join(at, "..data"));
  symlinkSync("..data/a.zone", join(at, "a.zone"));
  const { next } = watching([join(at, "a.zone")]);
  symlinkSync("..2", join(at, "..data_tmp"));
  renameSync(join(at, "..data_tmp"), join(at, "..data"));
  expect(await next()).toEqual([join(at, "a.zone")]);
});
