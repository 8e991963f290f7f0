/** When the config is read again, and what came of it. */
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { FilesRead } from "../config/files-read.ts";
import { renderProblems } from "../config/render-problems.ts";
import type { LastReload, ReloadResult } from "../control/edge-control.ts";
import { FileWatch } from "../control/watch-files.ts";
import { errorMessage } from "../error-message.ts";
import { ConfigError } from "../schema/problem.ts";
import { ReloadQueue } from "./reload-queue.ts";

export interface ReloaderOptions {
  readonly file: string;
  /** As `loadConfig` has it. */
  readonly timeout?: number;
  /** Makes a plan of it and puts that in place. Rejects when nothing has changed. */
  readonly use: (loaded: LoadedConfig) => Promise<ReloadResult>;
  /** Of the plan in use. */
  readonly version: () => number;
  /** Gets what came of a reload that nobody waits for. */
  readonly report: (line: string) => void;
}

export class Reloader {
  /** Null: none yet. */
  last: LastReload | null = null;
  readonly #options: ReloaderOptions;
  readonly #queue: ReloadQueue;
  readonly #watch: FileWatch;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#queue = new ReloadQueue(
      () => this.#read(),
      (result) => this.#tell(result),
    );
    this.#watch = new FileWatch(() => this.#queue.askToBeTold());
  }

  /** Reloads when a file is other than it was read. */
  watch(read: FilesRead): void {
    this.#watch.watch(read.files);
  }

  /** The config's own file, as it was named. */
  get file(): string {
    return this.#options.file;
  }

  stop(): void {
    this.#watch.stop();
  }

  reload(): Promise<ReloadResult> {
    return this.#queue.ask();
  }

  reloadAndTell(): void {
    this.#queue.askToBeTold();
  }

  async #read(): Promise<ReloadResult> {
    const read = new FilesRead();
    const result = await this.#attempt(read);
    this.last = { time: Date.now(), ok: result.ok, problems: result.ok ? "" : result.problems };
    return result;
  }

  async #attempt(read: FilesRead): Promise<ReloadResult> {
    const { file, timeout, use } = this.#options;
    try {
      const loading = loadConfig(file, { read, beside: true, ...(timeout !== undefined && { timeout }) });
      // It goes on filling: a change of what is read while the rest is being read is one already.
      this.#watch.watch(read.files);
      return await use(await loading);
    } catch (error) {
      const problems = error instanceof ConfigError ? renderProblems(error.problems, false) : errorMessage(error);
      return { ok: false, problems };
    }
  }

  #tell(result: ReloadResult): void {
    if (result.ok) this.#options.report(`reloaded: plan ${result.version} is in use`);
    else this.#options.report(`not reloaded, plan ${this.#options.version()} stays in use:\n${result.problems}`);
  }
}
