import { afterAll, afterEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FilesWatcher, type WatchTimes } from "./files-watcher.ts";

const root = mkdtempSync(join(tmpdir(), "roundtrip-watch-"));
let open: FilesWatcher | null = null;

afterEach(() => open?.close());
afterAll(() => rmSync(root, { recursive: true }));

/** Only what is heard from the system, unless a test says otherwise: the next look comes after an hour. */
const TIMES: WatchTimes = { quiet: 60, gone: 60, unfinished: 120, poll: 3_600_000 };

/** A watcher, and what it tells next. */
async function watching(files: readonly string[], times: Partial<WatchTimes> = {}, readAt = Date.now() + 60_000) {
  const told: string[] = [];
  let wake: (() => void) | null = null;
  open = new FilesWatcher(
    (changes) => {
      told.push(
        [...changes]
          .map(([file, change]) => `${file.slice(root.length + 1)} ${change}`)
          .toSorted()
          .join(", "),
      );
      wake?.();
    },
    { ...TIMES, ...times },
  );
  await open.watch(new Set(files), readAt);
  let taken = 0;
  const next = async (): Promise<string> => {
    while (told.length <= taken) await new Promise<void>((resolve) => (wake = resolve));
    return told[taken++]!;
  };
  return { told, next };
}

function folder(name: string, files: Readonly<Record<string, string>> = {}): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

/** In a few steps, as an editor does. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

describe("files", () => {
  test("that are written, replaced, and appear", async () => {
    const at = folder("files", { "a.zone": "1\n", "b.zone": "1\n" });
    const { told, next } = await watching(["a.zone", "b.zone", "c.zone"].map((name) => join(at, name)));
    // Whoever has read it may not have known that.
    expect(await next()).toBe("files/c.zone gone");
    writeFileSync(join(at, "a.zone"), "22\n");
    expect(await next()).toBe("files/a.zone changed");
    replace(join(at, "b.zone"), "22\n");
    expect(await next()).toBe("files/b.zone changed");
    writeFileSync(join(at, "c.zone"), "1\n");
    expect(await next()).toBe("files/c.zone changed");
    expect(told).toHaveLength(4);
  });

  test("that are deleted, and come back", async () => {
    const at = folder("deleted", { "a.zone": "1\n" });
    const { next } = await watching([join(at, "a.zone")]);
    rmSync(join(at, "a.zone"));
    expect(await next()).toBe("deleted/a.zone gone");
    writeFileSync(join(at, "a.zone"), "1\n");
    expect(await next()).toBe("deleted/a.zone changed");
  });

  test("that are written slowly are told of once they are whole, and what else is written does not matter", async () => {
    const at = folder("slow", { "a.zone": "1\n" });
    const file = join(at, "a.zone");
    const { told, next } = await watching([file], { quiet: 300 });
    const busy = setInterval(() => writeFileSync(join(at, "log"), String(performance.now())), 10);
    writeFileSync(file, "first");
    // For longer than a whole file is quiet, and each time for less.
    for (let count = 0; count < 20; count++) {
      await Bun.sleep(20);
      appendFileSync(file, count % 2 === 0 ? " half\n" : " line");
    }
    expect(told).toEqual([]);
    appendFileSync(file, " end\n");
    expect(await next()).toBe("slow/a.zone changed");
    clearInterval(busy);
  });

  test("that do not end in a newline are not whole, which is told once", async () => {
    const at = folder("unfinished", { "a.zone": "1\n", "b.zone": "1\n" });
    const { told, next } = await watching([join(at, "a.zone"), join(at, "b.zone")]);
    writeFileSync(join(at, "a.zone"), "1\n22");
    expect(await next()).toBe("unfinished/a.zone unfinished");
    writeFileSync(join(at, "b.zone"), "");
    expect(await next()).toBe("unfinished/b.zone unfinished");
    appendFileSync(join(at, "a.zone"), "2\n");
    expect(await next()).toBe("unfinished/a.zone changed");
    expect(told).toHaveLength(3);
  });

  test("that were written while they were read are read again", async () => {
    const readAt = Date.now();
    const at = folder("meanwhile", { "a.zone": "1\n" });
    const { next } = await watching([join(at, "a.zone")], { poll: 10 }, readAt);
    expect(await next()).toBe("meanwhile/a.zone changed");
  });

  test("that were written long ago and are moved in are whole at once", async () => {
    const at = folder("moved", { "a.zone": "1\n", "b.zone": "2\n" });
    utimesSync(join(at, "b.zone"), 1_000, 1_000);
    const { next } = await watching([join(at, "a.zone")], { quiet: 3_600_000 * 4, poll: 10 });
    renameSync(join(at, "b.zone"), join(at, "a.zone"));
    expect(await next()).toBe("moved/a.zone changed");
  });
});

describe("links and folders", () => {
  test("a mounted folder whose link is turned to another one (Kubernetes)", async () => {
    const at = folder("mounted");
    for (const version of ["..1", "..2"]) folder(`mounted/${version}`, { "a.zone": `${version}\n` });
    symlinkSync("..1", join(at, "..data"));
    symlinkSync("..data/a.zone", join(at, "a.zone"));
    const { next } = await watching([join(at, "a.zone")]);
    symlinkSync("..2", join(at, "..data_tmp"));
    renameSync(join(at, "..data_tmp"), join(at, "..data"));
    expect(await next()).toBe("mounted/a.zone changed");
    // What it leads to now is watched as well.
    writeFileSync(join(at, "..2", "a.zone"), "another\n");
    expect(await next()).toBe("mounted/a.zone changed");
  });

  test("a link high above is turned to another folder", async () => {
    for (const version of ["v1", "v2"]) folder(`releases/${version}/zones`, { "a.zone": `${version}\n` });
    symlinkSync(join(root, "releases", "v1"), join(root, "current"));
    const { next } = await watching([join(root, "current", "zones", "a.zone")]);
    symlinkSync("releases/v2", join(root, "current.new"));
    renameSync(join(root, "current.new"), join(root, "current"));
    expect(await next()).toBe("current/zones/a.zone changed");
    writeFileSync(join(root, "releases", "v2", "zones", "a.zone"), "another\n");
    expect(await next()).toBe("current/zones/a.zone changed");
  });

  test("a folder is replaced, and what is written in the new one is noticed", async () => {
    const at = folder("zones", { "a.zone": "1\n" });
    folder("zones.new", { "a.zone": "22\n" });
    const { next } = await watching([join(at, "a.zone")]);
    renameSync(at, join(root, "zones.old"));
    renameSync(join(root, "zones.new"), at);
    expect(await next()).toBe("zones/a.zone changed");
    writeFileSync(join(at, "a.zone"), "333\n");
    expect(await next()).toBe("zones/a.zone changed");
  });

  test("a folder that comes later, and one above that is replaced, are noticed as they are looked at", async () => {
    const { next } = await watching([join(root, "late", "deep", "a.zone")], { poll: 20 });
    expect(await next()).toBe("late/deep/a.zone gone");
    folder("late/deep", { "a.zone": "1\n" });
    expect(await next()).toBe("late/deep/a.zone changed");
    folder("late.new/deep", { "a.zone": "22\n" });
    renameSync(join(root, "late"), join(root, "late.old"));
    renameSync(join(root, "late.new"), join(root, "late"));
    expect(await next()).toBe("late/deep/a.zone changed");
  });

  test("links that lead in a circle are a file that is not there", async () => {
    symlinkSync("round", join(root, "round"));
    const { next } = await watching([join(root, "round")], { poll: 20 });
    expect(await next()).toBe("round gone");
    replace(join(root, "round"), "1\n");
    expect(await next()).toBe("round changed");
  });
});
