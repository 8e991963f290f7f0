/**
 * A client for bodies of any size, a process of its own: `bun endless-client.ts '{"port":…,"kind":"download",…}'`.
 * Says `paused` when it stops reading, and in the end one line: `N bytes`, or what went wrong.
 */
import { endless, isEndless } from "./content.ts";

export interface EndlessTask {
  readonly port: number;
  readonly kind: "download" | "upload";
  readonly length: number;
  /** Path of an upload. Default /upload. */
  readonly path?: string;
  /** A download stops reading for `pause` milliseconds when it has this many bytes. */
  readonly pauseAt?: number;
  readonly pause?: number;
}

const task = JSON.parse(process.argv[2] ?? "{}") as EndlessTask;
const PIECE = 262_144;

let position = 0;
let head = "";
let answered = false;
let paused = false;

await Bun.connect({
  hostname: "127.0.0.1",
  port: task.port,
  socket: {
    open(socket) {
      if (task.kind === "download") {
        socket.write(`GET /download/${task.length} HTTP/1.1\r\nHost: e2e.test\r\n\r\n`);
        return;
      }
      socket.write(
        `POST ${task.path ?? "/upload"} HTTP/1.1\r\nHost: e2e.test\r\nContent-Length: ${task.length}\r\n\r\n`,
      );
      pump(socket);
    },
    drain: pump,
    data(socket, bytes) {
      let body = bytes;
      if (!answered) {
        head += bytes.latin1Slice();
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        answered = true;
        body = Buffer.from(head.slice(end + 4), "latin1");
        if (!head.startsWith("HTTP/1.1 200 ")) finish(head.slice(0, end));
        head = head.slice(0, end);
      }
      if (task.kind === "upload") {
        finish(
          position === task.length ? body.latin1Slice() : `answered after ${position} bytes: ${body.latin1Slice()}`,
        );
        return;
      }
      if (!isEndless(body, position)) finish(`different after ${position}`);
      position += body.length;
      if (position >= task.length) finish(`${position} bytes`);
      if (!paused && task.pauseAt !== undefined && position >= task.pauseAt) {
        paused = true;
        socket.pause();
        process.stdout.write("paused\n");
        setTimeout(() => socket.resume(), task.pause ?? 0);
      }
    },
    close: () => finish(`closed after ${position} of ${task.length} bytes`),
    error: (_socket, error) => finish(error.message),
  },
});

function pump(socket: Bun.Socket): void {
  while (task.kind === "upload" && position < task.length) {
    const piece = endless(position, Math.min(PIECE, task.length - position));
    const taken = socket.write(piece);
    if (taken <= 0) return;
    position += taken;
    if (taken < piece.length) return;
  }
}

function finish(line: string): never {
  process.stdout.write(`${line}\n`);
  process.exit(0);
}
