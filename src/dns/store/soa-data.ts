import { parseName } from "../wire/name.ts";
import { ttlOf } from "./ttl.ts";
import type { SoaOptions } from "./zone-records.ts";

export interface SoaProblem {
  readonly key: keyof SoaOptions;
  readonly value: unknown;
  readonly message: string;
  readonly expected: string;
}

/** Seconds. Within RFC 1912 §2.2's bounds; negative answers are kept shortly, so that a new name is seen soon. */
const TIMES = { refresh: 7_200, retry: 3_600, expire: 1_209_600, minimum: 300 } as const;
const MAX_SERIAL = 2 ** 32 - 1;

/** Data of an SOA record in wire form; null when an option is bad. */
export function soaData(
  apex: Uint8Array,
  options: SoaOptions,
  firstServer: Uint8Array | null,
  serial: number,
): { data: Uint8Array | null; problems: SoaProblem[] } {
  const problems: SoaProblem[] = [];
  const name = (key: "primary" | "contact", text: string): Uint8Array => {
    const parsed = parseName(key === "contact" ? mailboxName(text) : text, apex);
    if (typeof parsed !== "string") return parsed;
    problems.push({ key, value: text, message: `${JSON.stringify(text)} ${parsed}`, expected: "a domain name" });
    return apex;
  };
  const numbers = new DataView(new ArrayBuffer(20));
  const primary = options.primary === undefined ? (firstServer ?? apex) : name("primary", options.primary);
  const contact = name("contact", options.contact ?? "hostmaster");
  const stated = options.serial ?? serial;
  if (Number.isInteger(stated) && stated >= 0 && stated <= MAX_SERIAL) numbers.setUint32(0, stated);
  else
    problems.push({
      key: "serial",
      value: stated,
      message: `${stated} is not a serial`,
      expected: `0 to ${MAX_SERIAL}`,
    });
  for (const [index, key] of (["refresh", "retry", "expire", "minimum"] as const).entries()) {
    const value = options[key] ?? TIMES[key];
    const seconds = ttlOf(value);
    if (seconds < 0) {
      const message = `${JSON.stringify(value)} is not a time`;
      problems.push({ key, value, message, expected: "seconds, or such as 1h30m" });
    } else {
      numbers.setUint32(4 + index * 4, seconds);
    }
  }
  if (problems.length > 0) return { data: null, problems };
  return { data: Buffer.concat([primary, contact, new Uint8Array(numbers.buffer)]), problems };
}

/** RFC 1035 §8: `admin@shop.test` is the name `admin.shop.test`, dots of the local part escaped; other names stay. */
function mailboxName(text: string): string {
  const at = text.lastIndexOf("@");
  if (at <= 0) return text;
  const local = text.slice(0, at).replaceAll(/[.\\@]/g, String.raw`\$&`);
  const domain = text.slice(at + 1);
  return `${local}.${domain}${domain.endsWith(".") ? "" : "."}`;
}
