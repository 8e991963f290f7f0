import { atOnce } from "../../src/time/slices.ts";
import { AuthoritativeZone } from "../../src/dns/authority/authoritative-zone.ts";
import { Responder } from "../../src/dns/authority/responder.ts";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { checkUsable } from "../../src/dns/check/check-usable.ts";
import { readMessage, writeMessage } from "../../src/dns/wire/message.ts";
import { formatName } from "../../src/dns/wire/name.ts";
import { rdataProblem } from "../../src/dns/wire/rdata-check.ts";
import { formatRdata } from "../../src/dns/wire/rdata-text.ts";
import { typeName } from "../../src/dns/wire/record-type.ts";
import { recordsOf } from "../../src/dns/zone/records-for-tests.ts";
import { ZoneBuilder } from "../../src/dns/zone/zone-builder.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { readZoneFile } from "../../src/dns/zone/read-zone-file-for-tests.ts";
import type { ZoneProblem } from "../../src/dns/zone/zone-problem.ts";
import { wireName } from "../../tests/support/dns-zones.ts";
import { check } from "./check.ts";
import type { Random } from "./random.ts";

const ORIGIN = wireName("t.");
const OTHER = Buffer.from("i A 192.0.2.99\n$ORIGIN deep\nj TXT included\n");
const OUT = new Uint8Array(65_535);
const CLIENT = { address: "192.0.2.1", port: 5_353, transport: "tcp" } as const;
const QUESTION_TYPES = [1, 2, 5, 6, 16, 28, 39, 43, 46, 65, 255];
/** `$GENERATE` can make very many: only this many are kept, and the zone is then not looked at. */
const MAX_RECORDS = 1_000;

interface Read {
  readonly zone: ZoneData | null;
  readonly problems: readonly ZoneProblem[];
}

function read(bytes: Uint8Array): Read {
  const builder = new ZoneBuilder(ORIGIN);
  let cut = false;
  const problems = readZoneFile(bytes, {
    file: "fuzz",
    origin: ORIGIN,
    sink: (owner, length, type, ttl, data, size) => {
      cut ||= builder.count >= MAX_RECORDS;
      return cut ? "too many" : builder.add(owner, length, type, ttl, data, 0, size);
    },
    include: (path) => {
      if (path !== "other.zone") throw new Error("no such file");
      return { file: path, bytes: OTHER };
    },
  });
  return { zone: problems.length > 0 || cut ? null : atOnce(builder.build()), problems };
}

/** Reads the file; answers what became of it. @throws Error when that is not as it must be. */
export function checkZoneFile(input: Buffer, random: Random): string {
  const { zone, problems } = read(input);
  for (const { line, column, message, sourceLine } of problems) {
    check(line >= 1 && column >= 1, `a problem in line ${line}, column ${column}`);
    check(message !== "" && column <= sourceLine.length + 2 + input.length, "a problem without words or place");
  }
  if (zone === null)
    return `problems: ${[...new Set(problems.map(({ message }) => message.replaceAll(/"[^"]*"|\d+/g, "")))].slice(0, 3).join("; ")}`;
  const lines = recordsOf(zone).toSorted();
  const again = read(Buffer.from(`${lines.join("\n")}\n`));
  check(again.problems.length === 0, `written as text, it is not a zone: ${JSON.stringify(again.problems[0])}`);
  const same = recordsOf(again.zone!).toSorted();
  check(lines.join("\n") === same.join("\n"), `written as text, it is another zone: ${firstDifference(lines, same)}`);
  const findings = atOnce(checkUsable(zone));
  if (findings.length > 0) return `unusable: ${findings[0]!.message.replaceAll(/\d+/g, "")}`;
  return `zone: ${askAll(zone, random)}`;
}

function firstDifference(a: readonly string[], b: readonly string[]): string {
  const index = a.findIndex((line, at) => line !== b[at]);
  return `${a[index]} / ${b[index]}`;
}

/** Asks for every name of the zone and for one below it. Answers the response codes. */
function askAll(zone: ZoneData, random: Random): string {
  const zones = new ZoneSet();
  zones.set(new AuthoritativeZone(zone));
  const responder = new Responder(zones);
  const codes = new Set<number>();
  for (let node = 0; node < Math.min(zone.nodeCount, 200); node++) {
    const name = zone.names.name(node);
    const below = Buffer.concat([Uint8Array.of(1, 0x78), name]);
    for (const asked of [name, below]) {
      if (asked.length > 255) continue;
      const question = { name: asked, type: random.pick(QUESTION_TYPES), class: 1 };
      const packet = writeMessage({ id: 1, flags: 0, questions: [question] });
      const length = responder.respond(packet, 0, packet.length, OUT, 0, OUT.length, CLIENT);
      check(length > 0, `no answer for ${formatName(asked)}`);
      codes.add(readMessage(OUT.slice(0, length)).flags & 15);
    }
  }
  return [...codes].toSorted((a, b) => a - b).join();
}

/** Type and data: data that fits its type is written as text and read as the same data. */
export function checkRecord(input: Buffer): string {
  if (input.length < 2) return "nothing";
  const type = input.readUInt16BE(0);
  const data = Uint8Array.from(input.subarray(2));
  const problem = rdataProblem(type, data, 0, data.length);
  const text = formatRdata(type, data);
  check(!text.includes("\n"), "text of several lines");
  if (problem !== "") {
    check(text.startsWith("\\#"), `data that does not fit has the text ${text}`);
    return `${typeName(type)}: ${problem.replaceAll(/\d+/g, "")}`;
  }
  if (type === 0 || (type >= 128 && type < 256) || type === 41) return `${typeName(type)}: of messages`;
  let seen: Uint8Array | null = null;
  const problems = readZoneFile(Buffer.from(`n.t. 1 IN ${typeName(type)} ${text}\n`), {
    file: "fuzz",
    origin: ORIGIN,
    sink: (_owner, _length, _type, _ttl, bytes, size) => {
      seen = bytes.slice(0, size);
      return "";
    },
  });
  check(problems.length === 0, `${typeName(type)} ${text}: ${problems[0]?.message}`);
  check(seen !== null && Buffer.from(seen).equals(data), `${typeName(type)} ${text} is read as other data`);
  return `${typeName(type)}: good`;
}
