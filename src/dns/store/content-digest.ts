/**
 * A zone's content in one word, to tell whether it has changed: owners, types, TTLs and data, in whatever order they
 * came. The serial is left out, since it follows the content. 64 bits: made to notice edits, not to withstand forgers.
 */
import type { Slices } from "../../time/slices.ts";
import { RecordType } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { soaSerialOffset } from "../zone/soa-serial.ts";

export function* contentDigest(zone: ZoneData): Slices<string> {
  const { setStart, setType, setTtl, recordStart, dataStart, dataLength, data, names } = zone;
  let sumA = 0;
  let sumB = 0;
  for (let node = 0; node < names.count; node++) {
    const owner = names.hashOf(node);
    for (let set = setStart[node]!; set < setStart[node + 1]!; set++) {
      const type = setType[set]!;
      const head = mix(owner ^ mix(type ^ mix(setTtl[set]!)));
      for (let record = recordStart[set]!; record < recordStart[set + 1]!; record++) {
        if (record % FEW === 0) yield;
        let a = head;
        let b = ~head;
        const start = dataStart[record]!;
        const end = start + dataLength[record]!;
        const skipped = type === RecordType.SOA ? start + soaSerialOffset(data.subarray(start, end)) : -1;
        for (let at = start; at < end; at++) {
          if (at === skipped) at += 4;
          a = Math.imul(a ^ data[at]!, 0x01000193);
          b = Math.imul(b + data[at]!, 0x85ebca6b) ^ (b >>> 13);
        }
        // A sum does not depend on the order of what is added.
        sumA = (sumA + mix(a)) | 0;
        sumB = (sumB + mix(b ^ (end - start))) | 0;
      }
    }
  }
  return `${zone.recordCount}-${word(sumA)}${word(sumB)}`;
}

/** Records between two pauses. */
const FEW = 128;

/** Spreads each bit over the whole word (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
