/**
 * Requests at a fixed rate over kept connections, a process of its own: `bun load-process.ts '{"port":…,"rate":2000}'`.
 * It says `loading` when the first reply has come, works until SIGTERM, lets what is under way end, and prints one
 * line of JSON: a LoadReport.
 */
import { content } from "./content.ts";

export interface LoadTask {
  readonly port: number;
  /** Requests per second. */
  readonly rate: number;
  readonly connections: number;
  readonly path: string;
  /** The body that must come is content(1, length). */
  readonly length: number;
}

export interface LoadReport {
  readonly sent: number;
  /** Complete, status 200, right body. */
  readonly right: number;
  /** How often each of the others happened: a status, a wrong body, no answer, or a connection that was closed. */
  readonly failures: Readonly<Record<string, number>>;
  /** Opened beyond the first `connections`. */
  readonly reconnects: number;
  /** Requests that waited because every connection was busy. */
  readonly late: number;
  /** The slowest, milliseconds. */
  readonly slowest: number;
  /** Right ones by the `X-Target` field of the reply; "" without one. */
  readonly targets: Readonly<Record<string, number>>;
}

/** How long an answer may take, milliseconds. */
const PATIENCE = 5000;
const TICK = 5;

const task = JSON.parse(process.argv[2] ?? "{}") as LoadTask;
const request = Buffer.from(`GET ${task.path} HTTP/1.1\r\nHost: e2e.test\r\n\r\n`);
const body = content(1, task.length);

const idle: Connection[] = [];
const busy = new Set<Connection>();
const failures: Record<string, number> = {};
const targets: Record<string, number> = {};
let sent = 0;
let right = 0;
let reconnects = 0;
let late = 0;
let slowest = 0;
let owed = 0;
let stopping = false;

function failed(what: string): void {
  failures[what] = (failures[what] ?? 0) + 1;
}

class Connection {
  #socket: Bun.Socket<Connection> | null = null;
  #pending: Buffer = Buffer.alloc(0);
  #sentAt = 0;
  #closing = false;

  async open(): Promise<void> {
    this.#socket = await Bun.connect<Connection>({
      hostname: "127.0.0.1",
      port: task.port,
      data: this,
      socket: {
        data: (socket, bytes) => socket.data.#onData(bytes),
        close: (socket) => socket.data.#onClose(),
        end: (socket) => socket.data.#onClose(),
        error: (socket) => socket.data.#onClose(),
      },
    });
    idle.push(this);
  }

  send(): void {
    busy.add(this);
    sent++;
    this.#sentAt = performance.now();
    this.#socket?.write(request);
  }

  /** It has waited too long. */
  expire(now: number): void {
    if (now - this.#sentAt < PATIENCE) return;
    failed(`no answer within ${PATIENCE} ms`);
    this.#leave();
  }

  #onData(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const end = this.#pending.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#pending.latin1Slice(0, end + 2);
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? 0);
    if (this.#pending.length < end + 4 + length) return;
    const came = this.#pending.subarray(end + 4);
    this.#pending = Buffer.alloc(0);
    this.#closing = /\r\nconnection: close\r\n/i.test(head);
    if (!busy.delete(this)) failed("a reply to nothing");
    slowest = Math.max(slowest, performance.now() - this.#sentAt);
    if (!head.startsWith("HTTP/1.1 200 ")) failed(head.slice(9, 12));
    else if (!came.equals(body)) failed("wrong body");
    else {
      right++;
      const target = /\r\nx-target: *(\S+)\r\n/i.exec(head)?.[1] ?? "";
      targets[target] = (targets[target] ?? 0) + 1;
    }
    if (this.#closing) this.#leave();
    else idle.push(this);
  }

  #onClose(): void {
    if (this.#socket === null) return;
    if (busy.has(this)) failed("closed before the reply was complete");
    else if (!this.#closing) failed("a kept connection was closed");
    this.#leave();
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = null;
    busy.delete(this);
    const place = idle.indexOf(this);
    if (place >= 0) idle.splice(place, 1);
    socket?.terminate();
    if (stopping) return;
    reconnects++;
    new Connection().open().catch(() => failed("connection refused"));
  }
}

await Promise.all(Array.from({ length: task.connections }, () => new Connection().open()));
let last = performance.now();
let said = false;
const timer = setInterval(() => {
  const now = performance.now();
  if (right > 0 && !said) {
    said = true;
    process.stdout.write("loading\n");
  }
  owed += ((now - last) * task.rate) / 1000;
  last = now;
  for (const connection of busy) connection.expire(now);
  while (owed >= 1) {
    const connection = idle.shift();
    if (connection === undefined) {
      late += Math.floor(owed);
      owed %= 1;
      break;
    }
    owed--;
    connection.send();
  }
}, TICK);

process.on("SIGTERM", () => void finish());
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

async function finish(): Promise<void> {
  clearInterval(timer);
  stopping = true;
  const deadline = performance.now() + PATIENCE;
  while (busy.size > 0 && performance.now() < deadline) await Bun.sleep(5);
  if (busy.size > 0) failures["no answer in the end"] = busy.size;
  const report: LoadReport = { sent, right, failures, reconnects, late, slowest: Math.round(slowest), targets };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}
