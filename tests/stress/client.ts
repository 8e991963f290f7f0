/** One client of the stress test: connection after connection, exchange after exchange. */
import { connect, type Socket } from "node:net";
import type { Dice } from "./dice.ts";
import { anyRequest, bigThenLocal, pipelinedRequests, type Exchange } from "./requests.ts";
import { ResponseReader } from "./response-reader.ts";

export interface Counts {
  /** Complete and right, by name. */
  readonly done: Record<string, number>;
  readonly problems: string[];
  readonly stalls: string[];
  connections: number;
  aborted: number;
  lawfulFailures: number;
  bytes: number;
  /** Milliseconds, moved on by every look at the clients: when all stand still together, so does this. */
  clock: number;
  /** The longest time without progress, milliseconds. */
  longestWait: number;
}

/** The clients are looked at this often, milliseconds. */
export const WATCH = 100;

/** Longer without a byte in either direction is a stall, milliseconds. */
const STALL = 5000;

/** With as many the run ends early. */
const MOST_PROBLEMS = 1000;

/** How a client takes its replies. */
type Manner = "normal" | "slow" | "abort";
const MANNERS = { normal: 85, slow: 10, abort: 5 } as const;

export class Client {
  readonly #port: number;
  readonly #dice: Dice;
  readonly #counts: Counts;
  #connection: Connection | null = null;

  constructor(port: number, dice: Dice, counts: Counts) {
    this.#port = port;
    this.#dice = dice;
    this.#counts = counts;
  }

  /** Works until `deadline` (of `performance.now`). */
  async run(deadline: number): Promise<void> {
    while (performance.now() < deadline) {
      const connection = new Connection(this.#port, this.#dice, this.#counts);
      this.#connection = connection;
      this.#counts.connections++;
      for (let left = this.#dice.between(1, 60); left > 0 && performance.now() < deadline; left--) {
        if (!(await connection.serve(this.#batch(), this.#dice.weighted(MANNERS)))) break;
      }
      connection.close();
      // The edge is not there: nothing would be learnt from trying a hundred thousand times.
      if (this.#counts.problems.length > MOST_PROBLEMS) return;
    }
  }

  /** It has waited for too long. */
  stalls(): boolean {
    return this.#connection?.stalls() ?? false;
  }

  /** Reports the stall and goes on with another connection. */
  giveUp(): void {
    this.#connection?.giveUp();
  }

  #batch(): Exchange[] {
    const drawn = this.#dice.next();
    if (drawn < 0.12) return pipelinedRequests(this.#dice);
    if (drawn < 0.2) return bigThenLocal(this.#dice);
    return [anyRequest(this.#dice)];
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #dice: Dice;
  readonly #counts: Counts;
  readonly #reader: ResponseReader;
  #names = "";
  #manner: Manner = "normal";
  /** Received bytes at which the client goes away. */
  #abortAt = Infinity;
  #early = false;
  /** The edge does not take what is to be sent. */
  #blocked = false;
  #sending = false;
  #over = false;
  #idle: (() => void) | null = null;
  #progress: number;
  #pausedUntil = 0;
  #history: string[] = [];

  constructor(port: number, dice: Dice, counts: Counts) {
    this.#dice = dice;
    this.#counts = counts;
    this.#progress = counts.clock;
    this.#reader = new ResponseReader((exchange) => {
      counts.done[exchange.name] = (counts.done[exchange.name] ?? 0) + 1;
    });
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#onData(bytes));
    socket.on("drain", () => (this.#progress = this.#counts.clock));
    socket.on("end", () => this.#onEnd("the edge closed"));
    socket.on("close", () => this.#onEnd("the edge closed"));
    socket.on("error", (error) => this.#onEnd(error.message));
  }

  /** Sends the batch and waits for its replies. False: the connection is of no further use. */
  async serve(batch: Exchange[], manner: Manner): Promise<boolean> {
    const { expected } = this.#reader;
    expected.push(...batch);
    this.#names = batch.map(({ name }) => name).join(" ");
    this.#history.push(`[${manner}: ${this.#names}]`);
    this.#early = batch.some(({ early }) => early);
    this.#manner = manner;
    const length = batch.reduce((sum, { body }) => sum + body.length + 200, 0);
    this.#abortAt = manner === "abort" ? this.#reader.received + this.#dice.between(0, length) : Infinity;
    this.#progress = this.#counts.clock;
    this.#sending = true;
    const sent = this.#send(batch).finally(() => (this.#sending = false));
    // Anywhere, also before the first byte of the reply or in mid-upload.
    if (manner === "abort") setTimeout(() => this.#abort(), this.#dice.between(0, 100));
    if (expected.length > 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await sent;
    return !this.#over && !this.#reader.closing;
  }

  close(): void {
    this.#over = true;
    this.#socket.destroy();
    this.#counts.lawfulFailures += this.#reader.failures;
    this.#counts.bytes += this.#reader.received;
  }

  stalls(): boolean {
    const now = this.#counts.clock;
    if (this.#over || (this.#idle === null && !this.#blocked) || now < this.#pausedUntil + WATCH) return false;
    const waited = now - Math.max(this.#progress, this.#pausedUntil);
    this.#counts.longestWait = Math.max(this.#counts.longestWait, waited);
    return waited >= STALL;
  }

  giveUp(): void {
    if (!this.stalls()) return;
    const { expected, state } = this.#reader;
    const waiting = expected.map(({ name, seed, parts }) => `${name}/${seed} (${describe(parts)})`).join(" ");
    this.#counts.stalls.push(
      `client port ${this.#socket.localPort} waits for ${waiting}: ${state}, ${this.#socket.writableLength} to be written, ` +
        `${this.#sending ? "not all" : "all"} handed over; ` +
        `so far on this connection: ${this.#history.slice(-12).join(" ")}`,
    );
    this.#finish();
  }

  async #send(batch: readonly Exchange[]): Promise<void> {
    const pipelined = batch.length > 1 && batch.every(({ parts }) => parts.length === 1);
    if (pipelined && this.#dice.chance(0.7)) {
      this.#socket.write(Buffer.concat(batch.map(({ parts }) => parts[0] as Buffer)));
      return;
    }
    for (const { parts } of batch) {
      for (const part of parts) {
        if (this.#over) return;
        if (typeof part === "number") await Bun.sleep(part);
        else if (!this.#socket.write(part)) await this.#drained();
      }
    }
  }

  async #drained(): Promise<void> {
    this.#blocked = true;
    while (this.#socket.writableNeedDrain && this.#socket.writableLength > 0 && !this.#over) await Bun.sleep(1);
    this.#blocked = false;
    this.#progress = this.#counts.clock;
  }

  #onData(bytes: Buffer): void {
    if (this.#over) return;
    this.#progress = this.#counts.clock;
    if (!this.#read(() => this.#reader.read(bytes))) return;
    if (this.#reader.expected.length === 0) this.#settle();
    else if (this.#reader.received >= this.#abortAt) this.#abort();
    else if (this.#manner === "slow" && this.#dice.chance(0.3)) this.#pause();
  }

  /** False: what came is wrong. */
  #read(read: () => void): boolean {
    try {
      read();
      return true;
    } catch (error) {
      this.#problem(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #pause(): void {
    const duration = this.#dice.between(1, 80);
    this.#pausedUntil = this.#counts.clock + duration;
    this.#socket.pause();
    setTimeout(() => this.#socket.resume(), duration);
  }

  #abort(): void {
    if (this.#over || this.#manner !== "abort" || this.#reader.expected.length === 0) return;
    this.#counts.aborted++;
    if (this.#dice.chance(0.5)) this.#socket.resetAndDestroy();
    this.#finish();
  }

  #onEnd(how: string): void {
    if (this.#over) return;
    if (!this.#read(() => this.#reader.end())) return;
    const { expected } = this.#reader;
    if (expected.length === 1 && expected[0]!.truncated && this.#reader.begun) {
      this.#counts.done["truncate"] = (this.#counts.done["truncate"] ?? 0) + 1;
      this.#finish();
    } else if (expected.length > 0) this.#problem(`${how} before the reply was complete (${this.#reader.state})`);
    else if (this.#idle !== null && !this.#reader.closing && !this.#early)
      this.#problem(`${how} without having said so`);
    else this.#finish();
  }

  #problem(what: string): void {
    this.#counts.problems.push(
      `${this.#names}: ${what}; so far on this connection: ${this.#history.slice(-5).join(" ")}`,
    );
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#socket.destroy();
    this.#settle();
  }

  #settle(): void {
    this.#idle?.();
    this.#idle = null;
  }
}

/** Start line, framing and how the body was cut. */
function describe(parts: Exchange["parts"]): string {
  const [head, ...rest] = parts;
  const [line = "", , framing = ""] = String(head).split("\r\n");
  const pieces = rest.map((part) => (typeof part === "number" ? `${part} ms` : part.length));
  return `${line}, ${framing}, ${pieces.slice(0, 40).join(" ")}`;
}
