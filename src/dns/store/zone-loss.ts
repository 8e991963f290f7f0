import type { ZoneData } from "../zone/zone-data.ts";

/** Zones with fewer names come and go while somebody tries things out. */
const FEW_NAMES = 10;

/**
 * Why a zone file is not believed: half of a file is a zone too, when it ends between two lines. Empty when it is.
 * `most`: share of the names that may be gone.
 */
export function lossProblem(before: ZoneData | null, after: ZoneData, most: number, name: string): string {
  if (before === null || before.nodeCount < FEW_NAMES) return "";
  const gone = before.nodeCount - after.nodeCount;
  if (gone <= before.nodeCount * most) return "";
  return (
    `${gone} of its ${before.nodeCount} names are gone, which is more than dns.files.maxLoss allows (${most}); ` +
    `if that is right, run: roundtrip dns reload ${shortName(name)} --force`
  );
}

/** As people write the name of a zone: without the final dot. */
export function shortName(name: string): string {
  return name === "." ? name : name.replace(/\.$/, "");
}
