import { MAX_TTL, readTtl } from "../zone/number-reader.ts";

/** Seconds of a TTL from the configuration, a number or a text such as "1h30m"; -1 when it is none. */
export function ttlOf(value: unknown): number {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value <= MAX_TTL ? value : -1;
  if (typeof value !== "string") return -1;
  const bytes = Buffer.from(value);
  return readTtl(bytes, 0, bytes.length);
}
