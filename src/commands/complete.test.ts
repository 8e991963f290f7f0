import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "./cli.ts";
import { complete, readTyped, type RunTimeValues } from "./complete.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const program = buildProgram(() => {});
const RUN_TIME: RunTimeValues = {
  ports: () => [{ value: "8080", description: "edge.yaml" }],
  pools: () => Promise.resolve([{ value: "shop", description: "" }]),
  targets: (pool) => Promise.resolve([{ value: `${pool}:9001`, description: "up" }]),
};

async function values(line: string): Promise<string[] | "files"> {
  const found = await complete(readTyped(program, line.split(" ")), RUN_TIME);
  return found === "files" ? found : found.map(({ value }) => value);
}

describe("what may come next", () => {
  const cases: Array<[line: string, values: string[] | "files"]> = [
    ["dr", ["drain"]],
    ["st", ["status", "stop"]],
    ["drain ", ["shop"]],
    ["drain shop ", ["shop:9001"]],
    ["drain shop shop:9001 ", []],
    ["drain --port ", ["8080"]],
    ["drain --port=", ["--port=8080"]],
    ["drain --port 8080 --wait sh", ["shop"]],
    ["weight shop shop:9001 d", ["default"]],
    ["drain shop --t", ["--timeout", "--token"]],
    ["drain --timeout 5s --t", ["--token"]],
    ["dns ", ["zones", "reload", "sign", "key", "help"]],
    ["dns key cr", ["create"]],
    ["dns key create --role ", ["ksk", "zsk", "csk"]],
    ["dns key create --algorithm=ed", ["--algorithm=ed25519"]],
    ["dns key ds a.pem ", "files"],
    ["serve ", "files"],
    ["status --config ", "files"],
    ["completion ", ["bash", "zsh", "fish"]],
    ["comple", ["completion"]],
  ];
  test.each(cases)("roundtrip %s", async (line, expected) => {
    const found = await values(line);
    if (found === "files" || expected === "files") expect(found).toBe(expected);
    else expect(found).toEqual(expected);
  });
});

test("bash takes the candidates, and of an address what follows the last colon", () => {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-completion-"));
  try {
    const roundtrip = join(folder, "roundtrip");
    const main = join(import.meta.dir, "../main.ts");
    writeFileSync(roundtrip, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
    chmodSync(roundtrip, 0o755);
    const answers = join(folder, "answers");
    writeFileSync(answers, `#!/bin/sh\nprintf '127.0.0.1:9001\\tup\\n'\n`);
    chmodSync(answers, 0o755);
    const script = `eval "$(roundtrip completion bash)"
      try() { COMP_LINE=$1; COMP_POINT=\${#1}; _roundtrip; echo "\${COMPREPLY[@]}"; }
      try "roundtrip st"; try "roundtrip dns key create --role z"; try "answers drain shop 127.0.0.1:9"`;
    const { stdout, stderr } = Bun.spawnSync(["bash", "-c", script], {
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    });
    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toBe("status stop\nzsk\n9001\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
