/** Milliseconds, or a number with a unit: "250ms", "1.5s", "2m". */
export type Duration = number | string;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
/** A timer of 2³¹ ms or more would fire at once; nobody waits an hour for a health check. */
const LONGEST = 3_600_000;

/** `name` is the option's, for the message. @throws TypeError when it is not a duration, or is not within `least` … 1 h. */
export function toMilliseconds(value: Duration, name: string, least: number): number {
  const written = typeof value === "number" ? [value, "ms"] : /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value)?.slice(1);
  const milliseconds = written === undefined ? Number.NaN : Number(written[0]) * UNITS[String(written[1])]!;
  if (milliseconds >= least && milliseconds <= LONGEST) return milliseconds;
  throw new TypeError(
    `${name} must be milliseconds or a text such as "250ms" or "2s", from ${least} ms to 60m; it is ${JSON.stringify(value)}`,
  );
}
