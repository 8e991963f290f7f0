/**
 * The access log: one line per exchange, formatted as bytes straight into one buffer that is written when enough has
 * gathered and whenever its owner calls `flush`.
 *
 * Logging never holds up traffic and never throws: nothing here waits for an output (`log-output.ts`). When it takes
 * nothing more and the buffer is full, lines are lost, counted, and the loss is told once (and how many there were, when
 * all is written again). A FIFO without a reader is such an output: it is looked for with every `flush`.
 */
import type { AccessLogPlan } from "../contract/plan.ts";
import type { TraceRecord } from "../contract/trace-record.ts";
import { LogBuffer } from "./log-buffer.ts";
import { CombinedLine } from "./log-format-combined.ts";
import { JsonLine } from "./log-format-json.ts";
import { TemplateLine } from "./log-format-template.ts";
import type { LineFormat } from "./log-format.ts";
import { type LogOutput, SYSTEM_OUTPUT } from "./log-output.ts";
import { MAX_GROWTH, MAX_TEXT } from "./log-text.ts";
import { errorMessage } from "../error-message.ts";
import { isBusy } from "../standard-stream.ts";

/** Room for what a slow output does not take at once, and for the longest line. */
const BUFFER_SIZE = 256 * 1024;
/** Pending bytes that are written at once: few enough to stay in a core's cache until then. */
const FLUSH_SIZE = 64 * 1024;
/** All that a line holds beside the texts below. */
const LINE_FRAME = 4096;
/** While lines are lost, the output is asked again only once for so many: a refusal costs ten lines' time. */
const ASK_EVERY = 64;
/** How long `close` waits for a slow reader between two tries, milliseconds. */
const PAUSE = 5;
const LINE_FEED = 0x0a;
const LINE_END = Buffer.from([LINE_FEED]);

export class AccessLog {
  readonly #plan: AccessLogPlan;
  readonly #output: LogOutput;
  readonly #format: LineFormat;
  readonly #buffer = new LogBuffer(BUFFER_SIZE);
  #length = 0;
  #flushAt = FLUSH_SIZE;
  /** Null: nobody reads the FIFO yet. */
  #descriptor: number | null;
  /** An error cut a line off in the output: the next one must begin on a line of its own. */
  #cut = false;
  #lost = 0;
  #failing = false;

  /** Opens the file; throws the system's error when it cannot. */
  constructor(plan: AccessLogPlan, output: LogOutput = SYSTEM_OUTPUT) {
    this.#plan = plan;
    this.#output = output;
    this.#format = createFormat(plan.format);
    this.#descriptor = output.open(plan.path);
  }

  /** Lines lost so far, to errors and to outputs that took nothing. */
  get lost(): number {
    return this.#lost;
  }

  write(record: TraceRecord): void {
    const need = roomFor(record);
    if (this.#length + need > BUFFER_SIZE) {
      if (!this.#failing || this.#lost % ASK_EVERY === 0) this.flush();
      if (this.#length + need > BUFFER_SIZE) {
        this.#lose(1, this.#descriptor === null ? "nobody reads the FIFO" : "the output takes nothing more");
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
      this.#descriptor ??= this.#output.open(this.#plan.path);
      if (this.#descriptor === null) return;
      if (this.#cut && this.#length > 0) {
        if (this.#output.write(this.#descriptor, LINE_END, 0, 1) === 0) return;
        this.#cut = false;
      }
      while (done < this.#length) {
        const taken = this.#output.write(this.#descriptor, this.#buffer.bytes, done, this.#length);
        if (taken === 0) break;
        done += taken;
      }
      // A slow reader that takes a part now and then is not told of every time.
      if (done > 0 && done === this.#length) this.#recovered();
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
    try {
      const next = this.#output.open(this.#plan.path);
      if (this.#descriptor !== null) this.#output.close(this.#descriptor);
      this.#descriptor = next;
    } catch (error) {
      this.#output.warn(`access log: ${this.#plan.path} cannot be opened again: ${errorMessage(error)}`);
    }
  }

  /** Waits at most `patience` milliseconds, holding up everything, for an output that takes nothing at the moment. */
  close(patience = 0): void {
    this.flush();
    for (let waited = 0; this.#length > 0 && this.#descriptor !== null && waited < patience; waited += PAUSE) {
      Bun.sleepSync(PAUSE);
      this.flush();
    }
    if (this.#length > 0) this.#dropRest(0, new Error("the log was closed before the output took it"));
    if (this.#descriptor !== null) this.#output.close(this.#descriptor);
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

function createFormat(format: string): LineFormat {
  switch (format) {
    case "json":
      return new JsonLine();
    case "combined":
    case "combined-trace":
      return new CombinedLine(format === "combined-trace");
    default:
      return new TemplateLine(format);
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
        textLength(record.referer.length) +
        textLength(record.note.length))
  );
}

function textLength(length: number): number {
  return length < MAX_TEXT ? length : MAX_TEXT;
}
