import { Problem } from "./problem.ts";

/** A whole number from the query. @throws Problem 400 when it is none or out of range. */
export function integerParameter(
  url: URL,
  name: string,
  range: { min: number; max: number; fallback: number },
): number {
  const text = url.searchParams.get(name);
  return text === null ? range.fallback : toInteger(text, `?${name}=`, range.min, range.max);
}

/** An identifier from the path. @throws Problem 400 when it is no positive whole number. */
export function idParameter(params: Readonly<Record<string, string>>): number {
  return toInteger(params["id"] ?? "", "The identifier", 1, 2_147_483_647);
}

function toInteger(text: string, what: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new Problem(400, `${what} must be a whole number from ${min} to ${max}; it is "${text}".`);
  }
  return value;
}
