import type { CheckReport } from "./health-report.ts";
import { plainMessage } from "./plain-message.ts";

/**
 * Asks one thing that the backend needs. It passes unless it throws, rejects or answers `false`. The signal aborts at
 * the deadline: hand it on to what can be cancelled.
 */
export type Check = (signal: AbortSignal) => unknown;

export interface HealthCheckOptions {
  readonly check: Check;
  /** Milliseconds. */
  readonly timeout: number;
  readonly critical: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** One check. However often it is asked, it runs once at a time: what hangs is not piled up on. */
export class HealthCheck {
  readonly #options: HealthCheckOptions;
  /** When the run that has not ended yet began; null: none runs. */
  #running: number | null = null;

  constructor(options: HealthCheckOptions) {
    this.#options = options;
  }

  /** Never rejects, and takes no longer than the timeout unless the check itself blocks the thread. */
  async run(): Promise<CheckReport> {
    const { now, timeout } = this.#options;
    const begun = now();
    if (this.#running !== null) {
      const duration = begun - this.#running;
      return this.#report(duration, `no answer for ${inSeconds(duration)}; not asked again before it ends`);
    }
    this.#running = begun;
    const deadline = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        // The check may end in the very turn that aborts it; what it says then comes too late.
        resolve(`no answer within ${inSeconds(timeout)}`);
        deadline.abort(new Error(`the health check's deadline of ${inSeconds(timeout)} is over`));
      }, timeout);
    });
    const output = await Promise.race([this.#ask(deadline.signal), late]);
    clearTimeout(timer);
    return this.#report(now() - begun, output);
  }

  /** Answers "" when it passes, else why not. */
  async #ask(signal: AbortSignal): Promise<string> {
    try {
      // A query of a driver may be a lazy thenable, which runs when it is awaited.
      return (await this.#options.check(signal)) === false ? "it answered false" : "";
    } catch (error) {
      return plainMessage(error);
    } finally {
      this.#running = null;
    }
  }

  #report(duration: number, output: string): CheckReport {
    const failed = this.#options.critical ? "fail" : "warn";
    return { status: output === "" ? "pass" : failed, duration, time: new Date(), output };
  }
}

function inSeconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 100) / 10} s`;
}
