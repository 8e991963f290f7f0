/** What a backend says of its health, and how it is written: `application/health+json` (draft-inadarei-api-health-check-06). */

/** `warn`: it works, but something that is not critical does not. */
export type HealthStatus = "pass" | "warn" | "fail";

export interface CheckReport {
  /** A check that is not critical warns where a critical one fails. */
  readonly status: HealthStatus;
  /** How long it took, milliseconds; when it has not ended, how long it has been running. */
  readonly duration: number;
  /** When this was found out. */
  readonly time: Date;
  /** Why it did not pass, without secrets; "" when it did. */
  readonly output: string;
}

export interface HealthReport {
  readonly status: HealthStatus;
  /** `drain` was called: the backend still works, and wants no more requests. */
  readonly draining: boolean;
  /** By name, in the order they were given. Empty while draining: nothing is asked then. */
  readonly checks: Readonly<Record<string, CheckReport>>;
}

export const DRAINING: HealthReport = { status: "fail", draining: true, checks: {} };

export function reportOf(checks: Readonly<Record<string, CheckReport>>): HealthReport {
  const found = new Set(Object.values(checks).map((check) => check.status));
  const status = found.has("fail") ? "fail" : found.has("warn") ? "warn" : "pass";
  return { status, draining: false, checks };
}

/** Draft §3: `fail` goes with a 5xx status, `pass` and `warn` with a 2xx one. */
export function statusCodeOf(report: HealthReport): 200 | 503 {
  return report.status === "fail" ? 503 : 200;
}

/** With `detail` off, the status alone. */
export function encodeReport(report: HealthReport, detail: boolean): string {
  const document = {
    status: report.status,
    ...(report.draining && { output: "draining" }),
    ...(detail && !report.draining && { checks: mapValues(report.checks, encodeCheck) }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Draft §4: the details of a component are a list, since it may have several parts; `output` is left out of a `pass`. */
function encodeCheck({ status, duration, time, output }: CheckReport): object[] {
  const observed = { observedValue: Math.round(duration * 10) / 10, observedUnit: "ms" };
  return [{ status, ...observed, time: time.toISOString(), ...(output !== "" && { output }) }];
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
