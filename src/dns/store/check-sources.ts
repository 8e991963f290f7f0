/** Zones as `roundtrip check` sees them: read from where they come from, and looked through, but not served. */
import { type NamedSource, nameSource, readReverse, readSource, type ReadZone } from "./read-source.ts";
import type { AddMore } from "./zone-from-file.ts";
import type { LoadProblem } from "./zone-report.ts";
import type { ZoneSource } from "./zone-source.ts";
import { formatName, lowerName, parseName } from "../wire/name.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { checkZone } from "../check/check-zone.ts";
import type { Finding } from "../check/finding.ts";

export interface CheckedZone {
  readonly source: ZoneSource;
  /** Presentation form in lower case with its final dot; as it was written when it is not a name. */
  readonly apex: string;
  /** Null when it could not be read, or comes by transfer. */
  readonly zone: ZoneData | null;
  /** Why it could not be read. */
  readonly problems: readonly LoadProblem[];
  readonly findings: readonly Finding[];
}

export interface CheckOptions {
  /** As in `ZoneHooks`. */
  readonly addMore?: AddMore;
  /** Nodes of a zone whose addresses are made when they are asked for. */
  readonly dynamicOf?: (zone: ZoneData) => ReadonlySet<number>;
}

/** One result a source, in their order. */
export async function checkSources(sources: readonly ZoneSource[], options: CheckOptions = {}): Promise<CheckedZone[]> {
  const named = sources.map((source) => nameSource(source));
  const read = new Map<NamedSource, ReadZone>();
  const forward = new Map<string, ZoneData>();
  /** Zones that could not be read: what is wrong with one is told there, and not again where its addresses are taken from. */
  const unread = new Set<string>();
  for (const one of named) {
    if (typeof one === "string") continue;
    const { source, apex, name } = one;
    if (source.kind !== "file" && source.kind !== "records") continue;
    const found = await readSource(source, apex, options.addMore);
    read.set(one, found);
    if (found.zone === null) unread.add(name);
    else forward.set(name, found.zone);
  }
  const checked: CheckedZone[] = [];
  for (const [index, one] of named.entries()) {
    const source = sources[index]!;
    if (typeof one === "string") {
      const apex = source.kind === "reverse" ? source.prefix : source.apex;
      checked.push({ source, apex, zone: null, problems: [{ message: one }], findings: [] });
      continue;
    }
    if (source.kind === "reverse" && source.from.some((from) => unread.has(nameOf(from)))) {
      checked.push({ source, apex: one.name, zone: null, problems: [], findings: [] });
      continue;
    }
    const found = source.kind === "reverse" ? await readReverse(source, forward) : read.get(one);
    const { zone = null, problems = [] } = found ?? {};
    const findings = zone === null ? [] : checkZone(zone, options.dynamicOf?.(zone));
    checked.push({ source, apex: one.name, zone, problems, findings });
  }
  return checked;
}

/** As `NamedSource` has it; "" for what is not a name. */
function nameOf(text: string): string {
  const name = parseName(text);
  return typeof name === "string" ? "" : formatName(lowerName(name));
}
