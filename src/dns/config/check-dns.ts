/** Everything of the name server that can be judged without serving: its zones, their keys, the files that it names. */
import { accessSync, constants } from "node:fs";
import { checkSources } from "../store/check-sources.ts";
import type { Finding } from "../check/finding.ts";
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import { ZoneSet } from "../authority/zone-set.ts";
import type { TimedKey } from "../dnssec/key-times.ts";
import { MADE } from "../dnssec/sign-zone.ts";
import { Steering } from "../steering/steering.ts";
import { isLater } from "../zone/serial.ts";
import { serialFileProblem } from "../store/serial-file.ts";
import type { LoadProblem } from "../store/zone-report.ts";
import { placeholderZone } from "../transfer/placeholder-zone.ts";
import { parseName } from "../wire/name.ts";
import { typeNumber } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { Resolver } from "../../contract/resolver.ts";
import type { NormalDns, NormalZone } from "./normal-dns.ts";
import type { ConfigPath, ConfigProblem, ProblemSource } from "../../schema/problem.ts";
import { zoneFileProblem, zoneRecordsProblem } from "./zone-problems.ts";
import { readSigningKeys } from "./zone-signing-keys.ts";
import { steeredKey } from "./zone-key.ts";

export interface DnsCheck {
  /** In the order of the config. */
  readonly zones: readonly CheckedDnsZone[];
  /** What keeps something from being served. */
  readonly problems: readonly ConfigProblem[];
}

export interface CheckedDnsZone {
  readonly zone: NormalZone;
  /** -1: not known before it is served. */
  readonly serial: number;
  /** Null: not known before its transfer. */
  readonly records: number | null;
  readonly keys: readonly TimedKey[];
  /** Warnings and advice. */
  readonly findings: readonly Finding[];
}

/** Reads every zone, its keys and the other files. Connects nowhere. */
export async function checkDns(dns: NormalDns, loaded: ProblemSource): Promise<DnsCheck> {
  const problems: ConfigProblem[] = [...missingFiles(dns, loaded)];
  const attached = new AttachedZones(dns, loaded);
  const results = await checkSources(
    dns.zones.map(({ source }) => source),
    {
      ...(attached.steering !== null && { addMore: (builder) => attached.steering?.addNames(builder) }),
      dynamicOf: (zone) => attached.nodesOf(zone),
    },
  );
  const zones = results.map(({ zone: data, problems: unread, findings }, index): CheckedDnsZone => {
    const zone = dns.zones[index]!;
    const { keys, problems: ofKeys } = readSigningKeys(zone, loaded, Date.now());
    problems.push(...unread.map((problem) => loadProblem(problem, zone, loaded)), ...ofKeys);
    for (const finding of findings) if (finding.severity === "error") problems.push(unusable(finding, zone, loaded));
    // What the source has of these types is replaced when the zone is signed.
    const isMoot = ({ type }: Finding): boolean => zone.signing !== null && MADE.has(typeNumber(type) ?? 0);
    const told = findings.filter((finding) => finding.severity !== "error" && !isMoot(finding));
    return {
      zone,
      serial: data === null || !hasSerial(zone) ? -1 : data.serial,
      records: data?.recordCount ?? null,
      keys,
      findings: [...told, ...forgottenSerial(zone, data)],
    };
  });
  return { zones, problems: [...problems, ...attached.problems] };
}

/** Zones as they would be opened, so that steered names find theirs. */
class AttachedZones {
  readonly problems: ConfigProblem[] = [];
  readonly steering: Steering | null;
  readonly #dns: NormalDns;
  readonly #loaded: ProblemSource;

  constructor(dns: NormalDns, loaded: ProblemSource) {
    this.#dns = dns;
    this.#loaded = loaded;
    // A name that lies in two of the zones belongs to the deeper one.
    const zones = new ZoneSet();
    for (const { apex } of dns.zones) zones.set(new AuthoritativeZone(placeholderZone(parseName(apex) as Uint8Array)));
    this.steering = dns.steering === null ? null : new Steering(dns.steering, { zones, resolver: NOBODY });
  }

  nodesOf(data: ZoneData): ReadonlySet<number> {
    if (this.steering === null) return new Set();
    const zone = new AuthoritativeZone(data);
    for (const { path, message, remedy } of this.steering.attach(zone)) {
      const [, name, ...rest] = path;
      const at = this.#pathOf(String(name));
      if (at === null) continue;
      const found = this.#loaded.problem([...at, ...rest], { value: undefined, message, expected: "" });
      this.problems.push({ ...found, remedy });
    }
    return new Set(zone.dynamic.keys());
  }

  /** Of a steered name in the config. */
  #pathOf(name: string): ConfigPath | null {
    const zone = this.#dns.zones.find(({ steered }) => steered.includes(name));
    return zone === undefined ? null : ["dns", "zones", zone.key, "steering", steeredKey(name, zone.apex)];
  }
}

/** Aliases are looked up only when they are served. */
const NOBODY: Resolver = {
  resolveAddresses: () => Promise.reject(new Error("nothing is looked up here")),
  resolveServices: () => Promise.reject(new Error("nothing is looked up here")),
};

/** A serial that is made of the content depends on what was served before. */
function hasSerial({ source }: NormalZone): boolean {
  return source.kind === "file" || (source.kind !== "transfer" && source.zone.soa?.serial !== undefined);
}

/**
 * RFC 1982: a secondary takes no zone whose serial fell, and keeps the signatures it has until they end. Without a file
 * serials follow the clock, which saves all but those that are ahead of it, such as 2026112801.
 */
function forgottenSerial({ signing, source, apex }: NormalZone, data: ZoneData | null): Finding[] {
  if (signing === null || signing.online || data === null || source.kind === "transfer") return [];
  const problem = signing.serials === null ? "dns.serials names no file" : serialFileProblem(signing.serials);
  const isStated = source.kind === "file" || source.zone.soa?.serial !== undefined;
  if (problem === "" || !isStated || !isLater(data.serial, Math.floor(Date.now() / 1000))) return [];
  return [
    {
      severity: "warning",
      owner: apex,
      type: "SOA",
      message: `the serial of the signed zone may fall with the next start, and secondaries keep old signatures then: ${problem}`,
      remedy: "Have dns.serials name a file that can be written",
    },
  ];
}

/** A problem of the store as one of the config or of the zone file. */
export function loadProblem(problem: LoadProblem, zone: NormalZone, loaded: ProblemSource): ConfigProblem {
  const path = ["dns", "zones", zone.key];
  if ("line" in problem) {
    // A file that is not there: the line that names it says more than the file itself.
    if (problem.line > 0) return zoneFileProblem(problem);
    const at = [...path, "file"];
    return loaded.problem(at, { value: problem.file, message: `${problem.file} ${problem.message}`, expected: "" });
  }
  if ("path" in problem) return zoneRecordsProblem(problem, path, loaded);
  return loaded.problem(path, { value: undefined, message: problem.message, expected: "" });
}

function unusable({ owner, type, message, remedy }: Finding, zone: NormalZone, loaded: ProblemSource): ConfigProblem {
  const { source, key } = zone;
  const path = ["dns", "zones", key, ...(source.kind === "file" ? ["file"] : [])];
  const words = `${owner}${type === "" ? "" : ` ${type}`}: ${message}`;
  return { ...loaded.problem(path, { value: undefined, message: words, expected: "" }), remedy };
}

function missingFiles({ tls, steering }: NormalDns, loaded: ProblemSource): ConfigProblem[] {
  const files: Array<[ConfigPath, string | undefined]> = [
    [["dns", "geo", "place"], steering?.databases?.place],
    [["dns", "geo", "asn"], steering?.databases?.asn],
  ];
  if (tls?.kind === "files")
    files.push([["dns", "tls", "certificate"], tls.certificate], [["dns", "tls", "key"], tls.key]);
  return files.flatMap(([path, file]) => {
    if (file === undefined || isReadable(file)) return [];
    const message = `${file} cannot be read`;
    return [loaded.problem(path, { value: file, message, expected: "a file that is there" })];
  });
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
