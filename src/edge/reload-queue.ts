import type { ReloadResult } from "../control/edge-control.ts";

/** A reload that somebody waits for. */
interface Asked {
  readonly result: PromiseWithResolvers<ReloadResult>;
  /** Who asked cannot be answered, and is told in another way. */
  announced: boolean;
}

/**
 * Reloads one after the other: one runs, and one at most waits for its end, on behalf of all who asked since the running
 * one began to read. So nobody is answered by a config that was read before they asked.
 */
export class ReloadQueue {
  readonly #reload: () => Promise<ReloadResult>;
  readonly #announce: (result: ReloadResult) => void;
  #running = false;
  #waiting: Asked | null = null;

  /** `reload` never rejects. `announce` is called once for each reload that `askToBeTold` asked for. */
  constructor(reload: () => Promise<ReloadResult>, announce: (result: ReloadResult) => void) {
    this.#reload = reload;
    this.#announce = announce;
  }

  ask(): Promise<ReloadResult> {
    return this.#join().result.promise;
  }

  askToBeTold(): void {
    this.#join().announced = true;
  }

  #join(): Asked {
    const asked = (this.#waiting ??= { result: Promise.withResolvers(), announced: false });
    if (!this.#running) void this.#run();
    return asked;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting !== null) {
      const asked: Asked = this.#waiting;
      this.#waiting = null;
      const result = await this.#reload();
      if (asked.announced) this.#announce(result);
      asked.result.resolve(result);
    }
    this.#running = false;
  }
}
