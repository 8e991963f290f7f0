import { afterAll, afterEach, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "roundtrip-stream-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const undo: Array<() => void> = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

/** Writes a megabyte to standard output, tells 2000 lines, and then says in a file how it went. */
const SCRIPT = `
import { writeFileSync } from "node:fs";
import { isBusy, standardOutput, tell } from ${JSON.stringify(join(import.meta.dir, "standard-stream.ts"))};
const bytes = Buffer.alloc(10_000, 97);
let taken = 0;
let refused = 0;
for (let count = 0; count < 100; count++) {
  try {
    const now = standardOutput.write(bytes, 0, bytes.length);
    taken += now;
    if (now === 0) refused++;
  } catch (error) {
    if (!isBusy(error)) throw error;
    refused++;
  }
}
for (let count = 0; count < 2000; count++) tell("a line that is told, number " + count + " ".repeat(50));
writeFileSync(process.argv[1], JSON.stringify({ taken, refused }));
process.exit(0);
`;

async function run(redirection: string): Promise<{ taken: number; refused: number; code: number | null }> {
  const said = join(folder, `said-${Math.random()}`);
  const args = ["-c", `${redirection}; exec "$@"`, "bash", process.execPath, "-e", SCRIPT, said];
  const child = spawn("bash", args, { stdio: "ignore" });
  undo.push(() => child.kill("SIGKILL"));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { ...(JSON.parse(readFileSync(said, "utf8")) as { taken: number; refused: number }), code };
}

test("a pipe that nobody reads takes what fits and never holds the writer up", async () => {
  const fifo = join(folder, "fifo");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  const { taken, refused, code } = await run(`exec 3<>${fifo} 1>${fifo} 2>&1`);
  expect(code).toBe(0);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(200_000);
  expect(refused).toBeGreaterThan(50);
});

test("neither does a socket", async () => {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { taken, refused, code } = await run(`exec 1<>/dev/tcp/127.0.0.1/${port} 2>&1`);
  expect(code).toBe(0);
  expect(taken).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(50);
});

test("a file takes everything, where the descriptor stands", async () => {
  const file = join(folder, "file");
  const { taken, refused } = await run(`exec 1>${file} 2>&1; echo first`);
  expect({ taken, refused }).toEqual({ taken: 1_000_000, refused: 0 });
  const text = readFileSync(file, "latin1");
  expect(text).toStartWith("first\naaaa");
  expect(text.trimEnd()).toEndWith("number 1999");
});

test("lines that are told at once all arrive over a socket", async () => {
  let said = "";
  const server = createServer((socket) => socket.on("data", (bytes: Buffer) => (said += bytes.latin1Slice())));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  undo.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const program = `
    import { tell } from ${JSON.stringify(join(import.meta.dir, "standard-stream.ts"))};
    for (let count = 1; count <= 5; count++) tell("line " + count);
    setTimeout(() => {}, 10_000);
  `;
  const args = ["-c", `exec 2<>/dev/tcp/127.0.0.1/${port}; exec "$@"`, "bash", process.execPath, "-e", program];
  const child = spawn("bash", args, { stdio: "ignore" });
  undo.push(() => child.kill("SIGKILL"));
  for (const begun = performance.now(); !said.includes("line 5") && performance.now() - begun < 4_000;)
    await Bun.sleep(5);
  expect(said).toBe("line 1\nline 2\nline 3\nline 4\nline 5\n");
});
