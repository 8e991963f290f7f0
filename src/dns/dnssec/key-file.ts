/**
 * Key files. Ours are PEM (PKCS #8) with lines of `name: value` in front, which PEM readers pass over; BIND's are pairs
 * of `K<zone>+<algorithm>+<tag>.private` and `.key`.
 */
import { createPrivateKey } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { formatName } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { RecordType } from "../wire/record-type.ts";
import { KEY_TIMES, type KeyTimes, type TimedKey } from "./key-times.ts";
import { ENTRY_POINT, isSigningAlgorithm, privateKeyOf, type KeyRole, signingKey } from "./signing-key.ts";
import { errorMessage } from "../../error-message.ts";
import { parseTimestamp } from "../wire/timestamp.ts";

/** A file that is not a key, or one that cannot be used. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

const ROLES: readonly string[] = ["ksk", "zsk", "csk"];

/** The text of a key file. `apex`: the zone it is for. */
export function formatKey(apex: Uint8Array, { key, times }: TimedKey): string {
  const lines = [
    `zone: ${formatName(apex)}`,
    `role: ${key.role}`,
    `tag: ${key.tag}`,
    `dnskey: ${formatRdata(RecordType.DNSKEY, key.dnskey)}`,
  ];
  for (const name of KEY_TIMES) {
    if (times[name] !== undefined) lines.push(`${name}: ${new Date(times[name] * 1000).toISOString()}`);
  }
  return `${lines.join("\n")}\n${key.privateKey.export({ format: "pem", type: "pkcs8" })}`;
}

/** @throws KeyFileError */
export function parseKey(text: string): TimedKey {
  const fields = new Map<string, string>();
  for (const line of text.slice(0, Math.max(0, text.indexOf("-----BEGIN"))).split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const role = fields.get("role") ?? "csk";
  if (!ROLES.includes(role)) throw new KeyFileError(`"${role}" is not a role: ksk, zsk or csk`);
  const times: { -readonly [Name in keyof KeyTimes]: number } = {};
  for (const name of KEY_TIMES) {
    const value = fields.get(name.toLowerCase());
    if (value === undefined) continue;
    const time = Date.parse(value);
    if (Number.isNaN(time)) throw new KeyFileError(`${name}: "${value}" is not a time such as 2026-01-31T00:00:00Z`);
    times[name] = Math.floor(time / 1000);
  }
  try {
    return { key: signingKey(createPrivateKey(text), role as KeyRole), times };
  } catch (error) {
    throw new KeyFileError(`the private key cannot be read: ${errorMessage(error)}`);
  }
}

/** Writes a key that only its owner can read. @throws when the file is there already: a key is never overwritten. */
export function writeKeyFile(path: string, apex: Uint8Array, key: TimedKey): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, formatKey(apex, key));
  } finally {
    closeSync(file);
  }
}

/** Reads our PEM files, and BIND's `.private` with the `.key` beside it. @throws KeyFileError, or what reading throws. */
export function readKeyFile(path: string): TimedKey {
  const text = readFileSync(path, "utf8");
  if (!text.startsWith("Private-key-format:")) return parseKey(text);
  return parseBindKey(text, readFileSync(path.replace(/\.private$/, ".key"), "utf8"));
}

/** BIND's pair of files (format v1.2 and v1.3). @throws KeyFileError */
export function parseBindKey(privateText: string, publicText: string): TimedKey {
  const field = (name: string): string | undefined => new RegExp(`^${name}: *(\\S+)`, "m").exec(privateText)?.[1];
  const algorithm = Number(field("Algorithm"));
  if (!isSigningAlgorithm(algorithm)) {
    throw new KeyFileError(`algorithm ${field("Algorithm") ?? "(missing)"} cannot sign here: 13 and 15 can`);
  }
  const line = publicText.replaceAll(/;.*$/gm, "").replaceAll(/[()\s]+/g, " ");
  const data = /\bDNSKEY (\d+) 3 \d+ (.+)$/.exec(line);
  if (data === null) throw new KeyFileError("the .key file has no DNSKEY record");
  const role = (Number(data[1]) & ENTRY_POINT) === 0 ? "zsk" : "ksk";
  const secret = Buffer.from(field("PrivateKey") ?? "", "base64");
  let key;
  try {
    key = signingKey(privateKeyOf(algorithm, secret), role);
  } catch (error) {
    throw new KeyFileError(`the private key cannot be read: ${errorMessage(error)}`);
  }
  if (Buffer.compare(key.dnskey.subarray(4), Buffer.from(data[2]!.replaceAll(/\s/g, ""), "base64")) !== 0) {
    throw new KeyFileError("the .key and the .private file are not of one key");
  }
  const found = Object.entries(BIND_TIMES).flatMap(([name, word]) => {
    const time = bindTime(field(word));
    return time === null ? [] : [[name, time] as const];
  });
  const times: KeyTimes = Object.fromEntries(found);
  return role === "ksk" ? { key, times, isRoleHinted: true } : { key, times };
}

/**
 * The keys of one zone. BIND's files do not tell a KSK from a CSK: the entry point bit (SEP) makes a KSK where another key
 * of the algorithm signs the zone, and else a CSK, as BIND has it.
 */
export function settleRoles(keys: readonly TimedKey[]): TimedKey[] {
  return keys.map((timed) => {
    const { key, times } = timed;
    const hasOther = keys.some(({ key: other }) => other.algorithm === key.algorithm && other.role !== "ksk");
    return timed.isRoleHinted !== true || hasOther ? timed : { key: signingKey(key.privateKey, "csk"), times };
  });
}

/** What BIND calls the times. */
const BIND_TIMES: Readonly<Record<keyof KeyTimes, string>> = {
  publish: "Publish",
  activate: "Activate",
  retire: "Inactive",
  remove: "Delete",
  syncPublish: "SyncPublish",
  syncDelete: "SyncDelete",
};

/** YYYYMMDDHHMMSS in UTC. */
function bindTime(text: string | undefined): number | null {
  const time = text === undefined ? -1 : parseTimestamp(text);
  return time < 0 ? null : time;
}
