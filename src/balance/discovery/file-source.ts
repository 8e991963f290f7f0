/**
 * `file`: a list of targets in JSON or YAML. A watch on its folder says when to look; looking every second finds what
 * a watch misses (network file systems, a folder that is made later). A file that changes is read when it has been
 * still for a moment, so that one which is written in place is not read in the middle; if it was, the rest of the
 * writing is another change. A file that is bad or missing keeps the list of before.
 */
import { dirname } from "node:path";
import type { WheelMilliseconds } from "../../contract/time.ts";
import type { Endpoint } from "../../contract/target.ts";
import { ConfigError, inOneLine } from "../../schema/problem.ts";
import { fingerprint, readWithin } from "./read-file.ts";
import type { CreateRunner, EndpointSink, PlanOf, TargetSourceRunner, WatchFolder } from "./source-runner.ts";
import { readTargetList } from "./target-list.ts";

/** Between two checks without a reason. Milliseconds. */
const POLL = 1000;
/** Between two checks at a file that changes, and how long it must be still. */
const SETTLED = 100;
/** Bytes: some 16,000 targets with their properties. */
const MAX_FILE = 1_048_576;

export const createFileRunner: CreateRunner<"file"> = (plan, sink, tools) =>
  new FileSource(plan, sink, tools.watchFolder);

class FileSource implements TargetSourceRunner {
  private readonly path: string;
  private readonly sink: EndpointSink;
  private readonly watchFolder: WatchFolder;
  /** Null: the folder cannot be watched, at least not yet. */
  private unwatch: (() => void) | null = null;
  /** The watch has seen something. */
  private stirred = false;
  /** Wheel milliseconds. */
  private lookAt = 0;
  /** Fingerprints: of what was last read (null: nothing yet), and of the last look with its time when that differs. */
  private read: string | null = null;
  private changed = "";
  private changedAt = 0;

  constructor(plan: PlanOf<"file">, sink: EndpointSink, watchFolder: WatchFolder) {
    this.path = plan.path;
    this.sink = sink;
    this.watchFolder = watchFolder;
  }

  tick(now: WheelMilliseconds): void {
    if (!this.stirred && now < this.lookAt) return;
    this.stirred = false;
    this.lookAt = now + POLL;
    this.watch();
    this.look(now);
  }

  stop(): void {
    this.unwatch?.();
    this.unwatch = null;
  }

  private watch(): void {
    if (this.unwatch !== null) return;
    try {
      this.unwatch = this.watchFolder(dirname(this.path), () => {
        this.stirred = true;
      });
    } catch {
      // Nothing to watch: the next look tries again.
    }
  }

  private look(now: WheelMilliseconds): void {
    const found = fingerprint(this.path);
    if (this.read === null) {
      this.take();
      // A start does not wait for the file to be still. Should it change within the same tick of the file system's
      // clock, only reading it again shows that.
      this.changed = found;
      this.changedAt = now;
      this.read = "";
      this.lookAt = now + SETTLED;
      return;
    }
    if (found === this.read) return;
    if (found !== this.changed) {
      this.changed = found;
      this.changedAt = now;
    }
    if (now - this.changedAt < SETTLED) {
      this.lookAt = now + SETTLED;
      return;
    }
    this.read = found;
    this.take();
  }

  private take(): void {
    const bytes = readWithin(this.path, MAX_FILE);
    if (typeof bytes === "string") return this.sink.refuse(`${this.path}: ${bytes}`);
    const endpoints = this.parse(bytes);
    if (endpoints === null) return;
    this.sink.accept(endpoints, endpoints.length === 0 ? `${this.path}: the list is empty` : "");
  }

  /** Null: it was refused. */
  private parse(bytes: Uint8Array): Endpoint[] | null {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      this.sink.refuse(`${this.path}: is not UTF-8 text`);
      return null;
    }
    try {
      return readTargetList(text, /\.ya?ml$/i.test(this.path) ? "yaml" : "json", this.path);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const more = error.problems.length - 1;
      this.sink.refuse(`${inOneLine(error.problems[0]!)}${more === 0 ? "" : ` (and ${more} more)`}`);
      return null;
    }
  }
}
