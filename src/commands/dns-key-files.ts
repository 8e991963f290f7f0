/** What the verbs about DNSSEC keys share: zones by their names, key files by theirs. */
import { readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { KeyFileError, readKeyFile, writeKeyFile } from "../dns/dnssec/key-file.ts";
import type { TimedKey } from "../dns/dnssec/key-times.ts";
import { ECDSA_P256_SHA256, ED25519 } from "../dns/wire/algorithm.ts";
import { formatName, lowerName, parseName } from "../dns/wire/name.ts";
import type { SigningAlgorithm, SigningKey } from "../dns/dnssec/signing-key.ts";
import { errorMessage } from "../error-message.ts";
import { CommandFailure } from "./command-failure.ts";
import { programName } from "./program-name.ts";

export const ALGORITHMS: Readonly<Record<string, SigningAlgorithm>> = {
  "ecdsa-p256": ECDSA_P256_SHA256,
  ed25519: ED25519,
};

export function algorithmWords(algorithm: SigningAlgorithm): string {
  return Object.entries(ALGORITHMS).find(([, number]) => number === algorithm)?.[0] ?? String(algorithm);
}

/** In lower case, wire form. @throws CommandFailure */
export function zoneArgument(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new CommandFailure(`the zone "${text}" ${name}`, "Write it such as shop.test");
  return lowerName(name);
}

/** As BIND calls its files, with an ending of our own: `Kshop.test.+013+04711.pem`. */
function keyFileName(apex: Uint8Array, key: SigningKey): string {
  const [algorithm, tag] = [String(key.algorithm).padStart(3, "0"), String(key.tag).padStart(5, "0")];
  // A label may hold a slash.
  return `K${formatName(apex).replaceAll("/", "\\047")}+${algorithm}+${tag}.pem`;
}

/** Writes a key into a folder; answers the file. @throws CommandFailure */
export function writeKey(folder: string, apex: Uint8Array, key: TimedKey): string {
  const file = join(folder, keyFileName(apex, key.key));
  try {
    writeKeyFile(file, apex, key);
  } catch (error) {
    throw new CommandFailure(`the key cannot be written: ${errorMessage(error)}`, "Give another folder with --folder.");
  }
  return file;
}

/** The same key with other times, in the place of the file. @throws CommandFailure */
export function replaceKey(file: string, apex: Uint8Array, key: TimedKey): void {
  const beside = `${file}.new`;
  try {
    rmSync(beside, { force: true });
    writeKeyFile(beside, apex, key);
    renameSync(beside, file);
  } catch (error) {
    throw new CommandFailure(`${file} cannot be changed: ${errorMessage(error)}`);
  }
}

/** @throws CommandFailure */
export function readKey(file: string): TimedKey {
  try {
    return readKeyFile(file);
  } catch (error) {
    const remedy = error instanceof KeyFileError ? `Key files are made by: ${programName()} dns key create` : "";
    throw new CommandFailure(`${file} cannot be read as a key: ${errorMessage(error)}`, remedy);
  }
}

/** Of a key file, ours or BIND's: it is said in the file, and in its name. @throws CommandFailure */
export function zoneOfKey(file: string): Uint8Array {
  const text = readFileSync(file, "utf8");
  const said = /^zone: *(\S+)$/m.exec(text)?.[1] ?? /^K(.+)\+\d{3}\+\d{5}\./.exec(basename(file))?.[1];
  if (said === undefined) throw new CommandFailure(`${file} does not say which zone it is for`, "Say it with --zone.");
  return zoneArgument(said);
}
