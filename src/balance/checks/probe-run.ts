import type { CheckLayer, LayerResult } from "../../contract/target-health.ts";
import { durationWords, errorWords } from "./words.ts";

/** What ends a layer, in words for whoever has to fix the target. */
export class CheckFailure extends Error {}

/** What a layer came to: what the next one builds on, and the detail to show. */
export interface LayerFinding<T> {
  readonly value: T;
  readonly detail: string;
}

/** Whatever has a socket behind it: sockets, TLS sockets, HTTP/2 sessions and streams. */
interface Destroyable {
  on(event: "error", listener: (error: Error) => void): unknown;
  destroy(): unknown;
}

/**
 * One check from its first packet to its last: the layers so far, the one time limit over all of them, and everything
 * that was opened for it. `end` leaves nothing open, however the check went.
 */
export class ProbeRun {
  readonly layers: LayerResult[] = [];
  readonly timeout: number;
  /** What has not come when the time is over: "no answer", "200, but no end of the body". */
  missing = "no answer";
  readonly #signal: AbortSignal;
  readonly #over: PromiseWithResolvers<never> = Promise.withResolvers<never>();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #opened: Destroyable[] = [];
  #ended = false;
  readonly #onAbort = (): void => this.#over.reject(new CheckFailure("the check was stopped"));

  /** @param timeout milliseconds for the whole check. */
  constructor(timeout: number, signal: AbortSignal) {
    this.timeout = timeout;
    this.#signal = signal;
    // Nobody may be waiting when it comes.
    this.#over.promise.catch(() => {});
    this.#timer = setTimeout(() => {
      this.#over.reject(new CheckFailure(`${this.missing} within ${durationWords(timeout)}`));
    }, timeout);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /**
   * Waits for a layer and writes down how it went.
   * @throws whatever ended it, when it failed or when the time was over: no further layer is tried.
   */
  async layer<T>(layer: CheckLayer, work: () => Promise<LayerFinding<T>>): Promise<T> {
    const begun = performance.now();
    try {
      const { value, detail } = await Promise.race([work(), this.#over.promise]);
      this.#note(layer, true, detail, begun);
      return value;
    } catch (error) {
      this.#note(layer, false, error instanceof CheckFailure ? error.message : errorWords(error), begun);
      throw error;
    }
  }

  /**
   * Takes care of something that was opened: it is destroyed at the end. Its errors are heard to the last, since one
   * that nobody hears ends the process, and a peer can cause one at any time.
   */
  own<T extends Destroyable>(opened: T): T {
    opened.on("error", () => {});
    if (this.#ended) opened.destroy();
    else this.#opened.push(opened);
    return opened;
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    // Innermost first: a session says farewell through its socket.
    for (const opened of this.#opened.reverse()) opened.destroy();
    this.#opened.length = 0;
  }

  #note(layer: CheckLayer, ok: boolean, detail: string, begun: number): void {
    const durationMs = Math.round((performance.now() - begun) * 10) / 10;
    this.layers.push({ layer, ok, detail, durationMs });
  }
}
