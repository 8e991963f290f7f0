/**
 * A backend that can be made ill, a process of its own: `bun backend-process.ts '{"name":"a","port":0}'`; says `port N`.
 *
 * `GET /file.bin` sends content(1, FILE_LENGTH); `/hold/MS` a line every 50 ms for so long, and `end`; `/ws` is a
 * WebSocket that sends back what it gets; `/healthz` answers as it is told. `POST /knobs` sets what is in the JSON
 * body of `Knobs`; `GET /counts` tells what was asked for so far.
 */
import { FILE_LENGTH, type BackendCounts, type BackendTask, type Knobs } from "./backend-task.ts";
import { content } from "./content.ts";

const LINE_INTERVAL = 50;

const task = JSON.parse(process.argv[2] ?? "{}") as BackendTask;
const file = new Uint8Array(content(1, FILE_LENGTH));
const fields = { "X-Target": task.name };
let { delay, status, health }: Required<Knobs> = { delay: 0, status: 200, health: 200 };
let files = 0;
let checks = 0;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: task.port,
  idleTimeout: 0,
  async fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === "/knobs") {
      ({ delay, status, health } = { delay, status, health, ...((await request.json()) as Knobs) });
      return new Response(null, { status: 204 });
    }
    if (pathname === "/counts") return Response.json({ files, checks } satisfies BackendCounts);
    if (pathname === "/healthz") {
      checks++;
      return new Response(health === 200 ? "ok" : "ill", { status: health, headers: fields });
    }
    if (pathname === "/ws")
      return server.upgrade(request, { headers: fields, data: undefined }) ? undefined : refused();
    if (delay > 0) await Bun.sleep(delay);
    if (pathname === "/file.bin") files++;
    if (status !== 200) return new Response("ill", { status, headers: fields });
    const [, held] = /^\/hold\/(\d+)$/.exec(pathname) ?? [];
    return new Response(held === undefined ? file : lines(Number(held)), { headers: fields });
  },
  websocket: {
    message(socket, message) {
      socket.send(message);
    },
  },
});
process.stdout.write(`port ${server.port}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

function refused(): Response {
  return new Response("not a WebSocket", { status: 426 });
}

function lines(duration: number): ReadableStream<Uint8Array> {
  const until = performance.now() + duration;
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(Buffer.from("still here\n"));
      await Bun.sleep(LINE_INTERVAL);
      if (performance.now() < until) return;
      controller.enqueue(Buffer.from("end\n"));
      controller.close();
    },
  });
}
