import { atOnce } from "../../time/slices.ts";
import { lowerName, parseName } from "../wire/name.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { readZoneFile } from "../zone/read-zone-file-for-tests.ts";

export const APEX: Uint8Array = parseName("zone.test") as Uint8Array;

/** A zone `zone.test` from the lines of a zone file; SOA and NS are there already. Times of the SOA in seconds. */
export function testZone(
  serial: number,
  lines: readonly string[] = [],
  soa: { refresh?: number; retry?: number; expire?: number } = {},
): ZoneData {
  const { refresh = 3_600, retry = 600, expire = 86_400 } = soa;
  const text = [
    `@ 300 SOA ns Admin ${serial} ${refresh} ${retry} ${expire} 60`,
    "@ 300 NS ns",
    "ns 300 A 192.0.2.1",
    ...lines,
  ];
  const builder = new ZoneBuilder(lowerName(APEX));
  const problems = readZoneFile(Buffer.from(`$TTL 300\n${text.join("\n")}\n`), {
    file: "test",
    origin: APEX,
    sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
  });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  return atOnce(builder.build());
}
