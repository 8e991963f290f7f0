/** Whoever reads the log, or does not: requests go on, and what was lost is counted. */
import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { type EdgeProcess, startEdge } from "./support/edge-process.ts";
import { type StartOptions, until, untilSaid } from "./support/processes.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "roundtrip-logs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let edge: EdgeProcess | null = null;
let reader: Reader | null = null;
afterEach(async () => {
  reader?.close();
  reader = null;
  await edge?.stop();
  edge = null;
});

function makeFifo(name: string): string {
  const path = join(folder, name);
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
  return path;
}

class Reader {
  text = "";
  readonly #descriptor: number;
  readonly #bytes = Buffer.alloc(64 * 1024);

  constructor(path: string) {
    this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** Takes what is there. */
  read(): void {
    try {
      for (;;) {
        const count = readSync(this.#descriptor, this.#bytes, 0, this.#bytes.length, null);
        if (count === 0) return;
        this.text += this.#bytes.latin1Slice(0, count);
      }
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }

  get lines(): number {
    this.read();
    return this.text.split("\n").length - 1;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

async function serve(path: string, options: StartOptions = {}): Promise<EdgeProcess> {
  const routes: Config["routes"] = [{ match: { path: "/*" }, respond: { body: "ok" } }];
  edge = await startEdge({ accessLog: { path }, routes }, options);
  return edge;
}

async function ask(port: number, count: number): Promise<void> {
  for (let asked = 0; asked < count; asked += 50) {
    const answers = Array.from({ length: 50 }, () =>
      fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5000) }).then((response) => response.text()),
    );
    expect((await Promise.all(answers)).every((text) => text === "ok")).toBe(true);
  }
}

test("a pipe on standard output that nobody reads costs lines, not replies", async () => {
  const fifo = makeFifo("stalled");
  const { port, status, said } = await serve("-", { shell: `exec 3<>${fifo} 1>${fifo}` });
  await ask(port, 2500);
  await until("lines are lost", async () => (await status()).logLinesLost > 0);
  expect(said()).toContain("access log: lines are being lost: the output takes nothing more");
  reader = new Reader(fifo);
  const opened = reader;
  await until("all is written", async () => opened.lines + (await status()).logLinesLost === 2500);
  await untilSaid(edge!, /written again; \d+ lines were lost so far/);
  const { logLinesLost } = await status();
  await ask(port, 50);
  await until("later lines come", () => opened.lines + logLinesLost === 2550);
}, 30_000);

test("a FIFO without a reader holds up neither the start nor requests; its reader gets what is kept", async () => {
  const fifo = makeFifo("unread");
  const { port, status, reload } = await serve(fifo);
  await ask(port, 100);
  expect((await reload()).ok).toBe(true);
  await ask(port, 50);
  reader = new Reader(fifo);
  const opened = reader;
  await until("the lines come", () => opened.lines === 150);
  expect((await status()).logLinesLost).toBe(0);
}, 30_000);

test("a FIFO that is never read: SIGTERM still ends the edge, and it says what is lost", async () => {
  const { port, signal, ended, said } = await serve(makeFifo("never"));
  await ask(port, 50);
  signal("SIGTERM");
  expect(await ended).toBe(0);
  expect(said()).toContain("access log: lines are being lost: the log was closed before the output took it");
}, 30_000);
