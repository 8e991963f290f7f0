import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRunFiles, runFolders, writeRunFile, type RunFile } from "./run-file.ts";

/** Above every system's limit of process ids. */
const DEAD = 2 ** 30;

let base = "";
let folder = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "roundtrip-run-"));
  folder = join(base, "run");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function run(changes: Partial<RunFile> = {}): RunFile {
  return {
    pid: process.pid,
    listeners: ["127.0.0.1:8080", "[::]:8443"],
    admin: "http://127.0.0.1:40000",
    token: "a-token-of-some-length",
    source: "edge.yaml",
    config: "/etc/edge.yaml",
    started: 1000,
    ...changes,
  };
}

describe("writeRunFile", () => {
  test("only this user can read it, and nothing else stays behind", () => {
    const remove = writeRunFile(run(), [folder]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual([`${process.pid}.json`]);
    expect(statSync(join(folder, `${process.pid}.json`)).mode & 0o777).toBe(0o600);
    expect(readRunFiles([folder])).toEqual([run()]);
    remove();
    remove();
    expect(readRunFiles([folder])).toEqual([]);
  });

  test("writes again over an older one of the same process", () => {
    writeRunFile(run(), [folder]);
    writeRunFile(run({ started: 2000 }), [folder]);
    expect(readRunFiles([folder])).toEqual([run({ started: 2000 })]);
  });

  test("takes the next folder when the first cannot be had", () => {
    const blocked = join(base, "file");
    writeFileSync(blocked, "");
    writeRunFile(run(), [join(blocked, "run"), folder]);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(() => writeRunFile(run(), [join(blocked, "run")])).toThrow("no folder for the run file");
  });

  test("does not write through a link that somebody may have laid", () => {
    const elsewhere = join(base, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, folder);
    expect(() => writeRunFile(run(), [folder])).toThrow("does not belong to this user alone");
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

describe("readRunFiles", () => {
  test("newest first, and takes away what dead processes left", () => {
    writeRunFile(run({ pid: DEAD }), [folder]);
    writeRunFile(run({ pid: 1, started: 3000 }), [folder]);
    writeRunFile(run(), [folder]);
    expect(readRunFiles([folder]).map(({ pid }) => pid)).toEqual([1, process.pid]);
    expect(existsSync(join(folder, `${DEAD}.json`))).toBe(false);
  });

  test("passes over what it cannot read or trust", () => {
    writeRunFile(run(), [folder]);
    writeFileSync(join(folder, "1.json"), "{");
    writeFileSync(join(folder, "notes.txt"), "x");
    expect(readRunFiles([folder, join(base, "missing")])).toHaveLength(1);
    chmodSync(folder, 0o755);
    expect(readRunFiles([folder])).toEqual([]);
  });
});

test("runFolders prefers the runtime folder of the session", () => {
  const folders = runFolders({ XDG_RUNTIME_DIR: "/run/user/7", XDG_CACHE_HOME: "/c" });
  expect(folders.slice(0, 2)).toEqual(["/run/user/7/roundtrip", "/c/roundtrip/run"]);
  expect(runFolders({})).toHaveLength(2);
});
