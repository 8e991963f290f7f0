/** `roundtrip dns sign`: a zone file signed here, for servers that are to have no private key. */
import { readFileSync, writeFileSync } from "node:fs";
import { renderProblems } from "../config/render-problems.ts";
import { zoneFileProblem } from "../dns/config/zone-problems.ts";
import { checkUsable } from "../dns/check/check-usable.ts";
import { settleRoles } from "../dns/dnssec/key-file.ts";
import { keysAt } from "../dns/dnssec/key-times.ts";
import { signZone } from "../dns/dnssec/sign-zone.ts";
import { zoneFromText } from "../dns/store/zone-from-file.ts";
import type { ZoneData } from "../dns/zone/zone-data.ts";
import { writeZoneFile } from "../dns/zone/zone-text.ts";
import { errorMessage } from "../error-message.ts";
import { atOnce } from "../time/slices.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { programName } from "./program-name.ts";
import { readKey, zoneArgument } from "./dns-key-files.ts";
import { terminalStyle } from "./terminal-style.ts";

export interface SignOptions {
  readonly key: readonly string[];
  /** Seconds. */
  readonly validity?: number;
  /** Default: standard output. */
  readonly output?: string;
}

export async function sign(zone: string, file: string, options: SignOptions): Promise<ExitCode> {
  const apex = zoneArgument(zone);
  const keys = settleRoles(options.key.map(readKey));
  const data = await readZone(apex, file);
  if (data === null) return ExitCode.fault;
  const now = Math.floor(Date.now() / 1000);
  let signed: ZoneData;
  try {
    const policy = options.validity === undefined ? {} : { validity: options.validity };
    signed = atOnce(signZone(data, keysAt(keys, now), { now, policy }));
  } catch (error) {
    throw new CommandFailure(
      `the zone cannot be signed: ${errorMessage(error)}`,
      `Keys: ${programName()} dns key create`,
    );
  }
  const text = writeZoneFile(signed);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
  return ExitCode.ok;
}

/** Null: the problems have been said. */
async function readZone(apex: Uint8Array, file: string): Promise<ZoneData | null> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${errorMessage(error)}`);
  }
  const { zone, problems } = await zoneFromText(bytes, file, apex);
  if (zone === null) {
    process.stderr.write(renderProblems(problems.map(zoneFileProblem), terminalStyle(process.stderr).colour));
    return null;
  }
  const [finding] = atOnce(checkUsable(zone));
  if (finding === undefined) return zone;
  throw new CommandFailure(
    `${finding.owner} ${finding.type}: ${finding.message}`,
    `${finding.remedy}.`,
    ExitCode.fault,
  );
}
