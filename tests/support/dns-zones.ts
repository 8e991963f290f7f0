/** Zones for the DNS tests: files of tests/conformance/zones, read by us, and written so that other servers can read them. */
import { atOnce } from "../../src/time/slices.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { formatName, lowerName, parseName } from "../../src/dns/wire/name.ts";
import { ZoneBuilder } from "../../src/dns/zone/zone-builder.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { readZoneFile } from "../../src/dns/zone/read-zone-file-for-tests.ts";

export interface ZoneText {
  /** With its final dot. */
  readonly apex: string;
  readonly text: string;
}

const FOLDER = join(import.meta.dir, "../conformance/zones");

/** @throws Error when the text is not a name. */
export function wireName(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new Error(`${text}: ${name}`);
  return name;
}

/** `file`: name of the zone file without its ending, which is the apex unless another is given. */
export function zoneText(file: string, apex = `${file}.`): ZoneText {
  return { apex, text: readFileSync(join(FOLDER, `${file}.zone`), "utf8") };
}

/** @throws Error with the first problem. */
export function readZone({ apex, text }: ZoneText): ZoneData {
  const origin = lowerName(wireName(apex));
  const builder = new ZoneBuilder(origin);
  const [problem] = readZoneFile(Buffer.from(text), {
    file: apex,
    origin,
    sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
  });
  if (problem !== undefined) throw new Error(`${apex}:${problem.line}:${problem.column}: ${problem.message}`);
  return atOnce(builder.build());
}

export function authoritative(zone: ZoneText): AuthoritativeZone {
  return new AuthoritativeZone(readZone(zone));
}

/** `$GENERATE first-last owner rest` written out: not every server knows it. */
export function withoutGenerate(text: string): string {
  return text.replaceAll(/^\$GENERATE (\d+)-(\d+) +(.*)$/gm, (_line, first: string, last: string, record: string) => {
    const numbers = Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
    return numbers.map((number) => record.replaceAll("$", String(number))).join("\n");
  });
}

/** Every name of the zone, empty non-terminals among them, as text with escapes. */
export function namesOf(zone: ZoneData): string[] {
  return Array.from({ length: zone.nodeCount }, (_, node) => formatName(zone.names.name(node)));
}
