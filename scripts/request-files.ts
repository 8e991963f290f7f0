/**
 * Counts the files of src/ that a plain proxied GET runs through: `bun scripts/request-files.ts [--functions]`.
 *
 * Each function of src/ is loaded with a call in front of its body that notes it. A real edge, an origin and a client on
 * loopback then exchange GETs over connections that are kept. A file counts when every GET runs a function of it: not
 * what it does while it is loaded, while the edge starts and until its stores are filled, nor what timers do, or what is
 * done for a batch of requests at once.
 */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "@babel/parser";
import type { Node } from "@babel/types";

const REQUEST = "GET /a HTTP/1.1\r\nHost: h.example\r\nUser-Agent: request-files\r\nAccept: */*\r\n\r\n";
const RESPONSE = "HTTP/1.1 200 OK\r\nServer: o\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
/** More than a batch of records, so that as many are in use as ever will be. */
const WARM_UP = 64;
const COUNTED = 32;

const root = join(import.meta.dir, "..");

/** The functions that ran: `src/path.ts:134`. */
const ran = new Set<string>();
const NOTE = "__noteRun";
Object.assign(globalThis, { [NOTE]: (place: string): unknown => ran.add(place) });

/** Calls `see` with `node` and every node below it. */
function visit(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const one of node) visit(one, see);
    return;
  }
  if (typeof node !== "object" || node === null || !("type" in node)) return;
  see(node as Node);
  for (const value of Object.values(node)) if (typeof value === "object") visit(value, see);
}

/** `source` with a call in front of the body of each function. */
function withNotes(path: string, source: string): string {
  const insertions: Array<readonly [at: number, text: string]> = [];
  const { program } = parse(source, {
    sourceType: "module",
    plugins: ["typescript"],
    createParenthesizedExpressions: true,
  });
  visit(program, (node) => {
    if (!("params" in node) || !("body" in node)) return;
    const body = node.body as Node;
    const call = `${NOTE}(${JSON.stringify(`${path}:${node.loc!.start.line}`)})`;
    if (body.type === "BlockStatement") insertions.push([body.start! + 1, `${call};`]);
    else insertions.push([body.start!, `(${call},`], [body.end!, ")"]);
  });
  let noted = source;
  for (const [at, text] of insertions.sort(([a], [b]) => b - a)) noted = noted.slice(0, at) + text + noted.slice(at);
  return noted;
}

Bun.plugin({
  name: "notes which functions run",
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const inRoot = relative(root, path);
      return { loader: "ts", contents: inRoot.startsWith("src/") ? withNotes(inRoot, source) : source };
    });
  },
});

/** The functions that each of several GETs ran. */
async function functionsOfGet(): Promise<string[]> {
  const { startEdge } = await import("../src/edge/edge.ts");
  const { loadValue } = await import("../src/config/load.ts");
  const origin = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => void socket.write(RESPONSE) },
  });
  const edge = await startEdge({
    config: loadValue(
      {
        listeners: ["127.0.0.1:0"],
        pools: { main: { targets: [`127.0.0.1:${origin.port}`] } },
        routes: [{ match: { path: "/*" }, proxy: "main" }],
        accessLog: { path: "/dev/null" },
        admin: false,
      },
      "scripts/request-files.ts",
    ),
  });
  let answer = Promise.withResolvers<void>();
  let received = "";
  const client = await Bun.connect({
    hostname: "127.0.0.1",
    port: edge.listeners[0]!.port,
    socket: {
      data: (_socket, bytes) => {
        received += bytes.toString("latin1");
        if (received.endsWith("\r\n\r\nok")) answer.resolve();
      },
      close: () =>
        answer.reject(new Error(`the edge closed the connection instead of answering; it sent: ${received}`)),
    },
  });
  let always: string[] | null = null;
  for (let get = 0; get < WARM_UP + COUNTED; get++) {
    answer = Promise.withResolvers();
    received = "";
    ran.clear();
    client.write(REQUEST);
    await answer.promise;
    if (get >= WARM_UP) always = always === null ? [...ran] : always.filter((place) => ran.has(place));
  }
  client.end();
  await edge.stop();
  origin.stop(true);
  return always!;
}

const { values } = parseArgs({ options: { functions: { type: "boolean", default: false } } });
const byFile = Map.groupBy(await functionsOfGet(), (place) => place.slice(0, place.lastIndexOf(":")));
let total = 0;
for (const path of [...byFile.keys()].sort()) {
  const text = readFileSync(join(root, path), "utf8");
  const lines = text.split("\n").length - 1;
  total += lines;
  console.log(`${String(lines).padStart(4)} ${path}`);
  if (!values.functions) continue;
  const numbers = byFile.get(path)!.map((place) => Number(place.slice(place.lastIndexOf(":") + 1)));
  for (const line of numbers.sort((a, b) => a - b))
    console.log(`       ${line}: ${text.split("\n")[line - 1]!.trim()}`);
}
console.log(`${String(total).padStart(4)} lines in ${byFile.size} files`);
