/** What is known about a target's health, with the evidence for it. Of times, 0 = never. */
import type { WheelMilliseconds } from "./time.ts";

/** What active checks say; `unchecked` while none is configured or none has ended: such a target counts as up. */
export type CheckVerdict = "unchecked" | "up" | "down";

/** How far a check went into the target, outermost first. */
export type CheckLayer = "tcp" | "tls" | "http" | "grpc";

/** What one layer of a check found. A target can be up on `tcp` and broken on `http`, and is shown as just that. */
export interface LayerResult {
  readonly layer: CheckLayer;
  readonly ok: boolean;
  /** What was seen and, when it failed, what was expected: "503, expected 200-399". */
  readonly detail: string;
  readonly durationMs: number;
}

/** A failure that traffic met. */
export interface ObservedFailure {
  readonly at: WheelMilliseconds;
  /** A fault code, or `status-500`. */
  readonly code: string;
  readonly detail: string;
}

export class TargetHealth {
  // ---- active checks
  checked: CheckVerdict = "unchecked";
  /** When `checked` last changed. */
  checkedSince: WheelMilliseconds = 0;
  /** When the last check ended. */
  checkedAt: WheelMilliseconds = 0;
  /** Of the last check; the one that failed is last. */
  layers: readonly LayerResult[] = [];
  /** Checks in a row that passed, that failed. */
  passes = 0;
  fails = 0;
  /** Since the target is known, for metrics: checks that ended, and those of them that failed. */
  checksTotal = 0;
  checkFailuresTotal = 0;

  // ---- passive observation
  /** Failures of the current window (`PassivePlan.window`), and when that began. */
  failures = 0;
  windowBegun: WheelMilliseconds = 0;
  lastFailure: ObservedFailure | null = null;
  /** Server errors (5xx) without another answer between them. */
  errorsInARow = 0;
  /** Until when it is ejected; 0 = in use. */
  ejectedUntil: WheelMilliseconds = 0;
  ejectedSince: WheelMilliseconds = 0;
  /** Ejections that still count for the length of the next one. */
  ejections = 0;
  /** Since the target is known, for metrics: heads of responses, failures (`maxFails` or not) and ejections. */
  answersTotal = 0;
  failuresTotal = 0;
  ejectionsTotal = 0;
}
