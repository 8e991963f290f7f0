/**
 * A WebSocket server of Bun's and a source of events, a process of its own; says `port N`, and `closed CODE REASON` for
 * each WebSocket that ends. Messages come back as they are, but for two: `close CODE REASON`, and `send COUNT SIZE`.
 */
import { content } from "./content.ts";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  async fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === "/ws") {
      if (request.headers.get("sec-websocket-protocol") === "refused") return new Response("no", { status: 403 });
      return server.upgrade(request) ? undefined : new Response("not a WebSocket", { status: 426 });
    }
    if (pathname === "/events") return new Response(events(), { headers: { "Content-Type": "text/event-stream" } });
    return new Response("backend");
  },
  websocket: {
    maxPayloadLength: 64 * 1024 * 1024,
    backpressureLimit: 256 * 1024 * 1024,
    message(socket, message) {
      const [verb, first = "", second = ""] = typeof message === "string" ? message.slice(0, 100).split(" ") : [""];
      if (verb === "close") socket.close(Number(first), second);
      else if (verb === "terminate") socket.terminate();
      else if (verb === "send") {
        for (let index = 0; index < Number(first); index++) socket.send(content(index, Number(second)));
      } else socket.send(message);
    },
    close(_socket, code, reason) {
      process.stdout.write(`closed ${code} ${reason}\n`);
    },
  },
});
process.stdout.write(`port ${server.port}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

/** Each says when it was sent; the next one comes 100 ms later. */
function events(): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent > 0) await Bun.sleep(100);
      controller.enqueue(Buffer.from(`id: ${sent}\ndata: ${performance.timeOrigin + performance.now()}\n\n`));
      if (++sent === 10) controller.close();
    },
  });
}
