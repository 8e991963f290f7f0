/**
 * The access log: one line per exchange, formatted as bytes straight into one buffer that is written when enough has
 * gathered and whenever its owner calls `flush`.
 *
 * Logging never holds up traffic and never throws: when the output takes nothing more, lines are lost, counted, and
 * the loss is told once (and how many there were, when writing works again).
 */
import type { AccessLogPlan } from "../contract/plan.ts";
import type { TraceRecord } from "../contract/trace-record.ts";
import { LogBuffer } from "./log-buffer.ts";
import { CombinedLine } from "./log-format-combined.ts";
import { JsonLine } from "./log-format-json.ts";
import type { LineFormat } from "./log-format.ts";
import { type LogOutput, SYSTEM_OUTPUT } from "./log-output.ts";
import { MAX_GROWTH, MAX_TEXT } from "./log-text.ts";
import { errorMessage } from "../error-message.ts";

/** Room for what a slow output does not take at once, and for the longest line. */
const BUFFER_SIZE = 256 * 1024;
/** Pending bytes that are written at once: few enough to stay in a core's cache until then. */
const FLUSH_SIZE = 64 * 1024;
/** All that a line holds beside the texts below. */
const LINE_FRAME = 1024;
const STDOUT = 1;
const LINE_FEED = 0x0a;
const LINE_END = Buffer.from([LINE_FEED]);

export class AccessLog {
  readonly #plan: AccessLogPlan;
  readonly #output: LogOutput;
  readonly #format: LineFormat;
  readonly #buffer = new LogBuffer(BUFFER_SIZE);
  #length = 0;
  #flushAt = FLUSH_SIZE;
  #descriptor: number;
  /** An error cut a line off in the output: the next one must begin on a line of its own. */
  #cut = false;
  #lost = 0;
  #failing = false;

  /** Opens the file; throws the system's error when it can not. */
  constructor(plan: AccessLogPlan, output: LogOutput = SYSTEM_OUTPUT) {
    this.#plan = plan;
    this.#output = output;
    this.#format = plan.format === "json" ? new JsonLine() : new CombinedLine();
    this.#descriptor = plan.path === "-" ? STDOUT : output.open(plan.path);
  }

  /** Lines lost to errors so far. */
  get lost(): number {
    return this.#lost;
  }

  write(record: TraceRecord): void {
    const need = roomFor(record);
    if (this.#length + need > BUFFER_SIZE) {
      this.flush();
      if (this.#length + need > BUFFER_SIZE) {
        this.#lose(1, "the output takes nothing more");
        return;
      }
    }
    this.#length = this.#format.put(record, this.#buffer, this.#length);
    if (this.#length >= this.#flushAt) this.flush();
  }

  /** Writes what is buffered. What the output does not take now stays for the next call. */
  flush(): void {
    this.#flush();
    // An output that is slow is not asked again for every line.
    this.#flushAt = this.#length + FLUSH_SIZE;
  }

  #flush(): void {
    let done = 0;
    try {
      if (this.#cut && this.#length > 0) {
        this.#output.write(this.#descriptor, LINE_END, 0, 1);
        this.#cut = false;
      }
      while (done < this.#length) {
        const taken = this.#output.write(this.#descriptor, this.#buffer.bytes, done, this.#length);
        if (taken === 0) break;
        done += taken;
      }
      if (done > 0) this.#recovered();
    } catch (error) {
      if (!isBusy(error)) {
        this.#dropRest(done, error);
        return;
      }
    }
    if (done > 0 && done < this.#length) this.#buffer.bytes.copyWithin(0, done, this.#length);
    this.#length -= done;
  }

  /** Opens the file again, after it was moved away. Keeps the old one when that fails. */
  reopen(): void {
    this.flush();
    if (this.#plan.path === "-") return;
    try {
      const next = this.#output.open(this.#plan.path);
      this.#output.close(this.#descriptor);
      this.#descriptor = next;
    } catch (error) {
      this.#output.warn(`access log: ${this.#plan.path} can not be opened again: ${errorMessage(error)}`);
    }
  }

  close(): void {
    this.flush();
    if (this.#length > 0) this.#dropRest(0, new Error("the log was closed before the output took it"));
    if (this.#plan.path !== "-") this.#output.close(this.#descriptor);
  }

  #dropRest(done: number, error: unknown): void {
    let lines = 0;
    for (let at = done; at < this.#length; at++) {
      if (this.#buffer.bytes[at] === LINE_FEED) lines++;
    }
    if (done > 0) this.#cut = this.#buffer.bytes[done - 1] !== LINE_FEED;
    this.#length = 0;
    this.#lose(lines, errorMessage(error));
  }

  #lose(lines: number, why: string): void {
    this.#lost += lines;
    if (this.#failing) return;
    this.#failing = true;
    this.#output.warn(`access log: lines are being lost: ${why}`);
  }

  #recovered(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#output.warn(`access log: written again; ${this.#lost} lines were lost so far`);
  }
}

/** Bytes that the line of a record can need at most. */
function roomFor(record: TraceRecord): number {
  return (
    LINE_FRAME +
    MAX_GROWTH *
      (textLength(record.lineLength) +
        textLength(record.authorityLength) +
        textLength(record.clientAddress.length) +
        textLength(record.route.length) +
        textLength(record.pool.length) +
        textLength(record.target.length) +
        textLength(record.faultDetail.length) +
        textLength(record.userAgent.length) +
        textLength(record.referer.length))
  );
}

function textLength(length: number): number {
  return length < MAX_TEXT ? length : MAX_TEXT;
}

/** A pipe whose reader is slow. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EAGAIN" || error.code === "EINTR");
}
