/** `dns`: the name server and its zones. */
import { z } from "zod";
import { checkSteering } from "../dns/steering/check-options.ts";
import type { DatabaseOptions, NameOptions, SteeringOptions } from "../dns/steering/options.ts";
import { formatName, lowerName, parseName } from "../dns/wire/name.ts";
import {
  dnsChaos,
  dnsCookies,
  dnsGeo,
  dnsListeners,
  dnsRateLimit,
  dnsStreams,
  dnsTls,
  nsid,
  tsigKey,
} from "./schema-dns-server.ts";
import { DEFAULT_BATCHED } from "./defaults-dns.ts";
import { fileName } from "./schema-dns-value.ts";
import { zone, type CheckedZone } from "./schema-dns-zone.ts";
import { show } from "./schema-value.ts";
import { readZoneKey, type ZoneKey } from "./zone-key.ts";

type Context = z.core.$RefinementCtx;

/** Runs also when a part is wrong, so that everything is said at once. */
const ALWAYS = { when: (): boolean => true };

const zones = z.record(z.string(), zone).superRefine((input: unknown, context) => {
  const seen = new Map<string, string>();
  for (const [key, part] of entriesOf(input)) {
    const read = readZoneKey(key);
    const refuse = (message: string, expected: string): void => {
      context.addIssue({ code: "custom", path: [key], message, params: { expected, at: "key" } });
    };
    if (typeof read === "string") {
      refuse(`${show(key)} ${read}`, 'the name of a zone such as "shop.test", or a prefix such as 10.0.0.0/24');
      continue;
    }
    const other = seen.get(read.name);
    if (other !== undefined) refuse(`is the same zone as ${other}`, "each zone once");
    seen.set(read.name, key);
    const kind = kindOf(part);
    if (key.includes("/") && kind !== "" && kind !== "reverse") {
      refuse("only a reverse zone has a prefix", "reverse in it");
    }
    if (kind === "reverse" && read.prefix === null) {
      refuse("is the name of no prefix", "a prefix such as 10.0.0.0/24, or a name such as 0.0.10.in-addr.arpa");
    }
  }
}, ALWAYS);

function entriesOf(input: unknown): Array<[string, unknown]> {
  return typeof input === "object" && input !== null && !Array.isArray(input) ? Object.entries(input) : [];
}

/** Of a zone that was read; "" of one in which something is wrong. */
function kindOf(part: unknown): string {
  const content = Object.fromEntries(entriesOf(part))["content"];
  const kind = Object.fromEntries(entriesOf(content))["kind"];
  return typeof kind === "string" ? kind : "";
}

const keys = z.record(z.string(), tsigKey).superRefine((input: unknown, context) => {
  const seen = new Set<string>();
  for (const [key] of entriesOf(input)) {
    const parsed = parseName(key);
    const name = typeof parsed === "string" ? "" : formatName(lowerName(parsed));
    const problem = typeof parsed === "string" ? `the name ${parsed}` : seen.has(name) ? "stands here twice" : "";
    seen.add(name);
    if (problem === "") continue;
    const params = { expected: "a domain name, the same on both sides", at: "key" };
    context.addIssue({ code: "custom", path: [key], message: problem, params });
  }
}, ALWAYS);

const dnsObject = z.strictObject({
  listeners: dnsListeners.default([]),
  tls: dnsTls.default(null),
  zones,
  keys: keys.default({}),
  cookies: dnsCookies,
  rateLimit: dnsRateLimit,
  nsid: nsid.optional(),
  chaos: dnsChaos,
  streams: dnsStreams.prefault({}),
  geo: dnsGeo.optional(),
  serials: fileName.optional(),
  batched: z.boolean().default(DEFAULT_BATCHED),
});

export const dns = dnsObject.superRefine((input, context) => {
  checkSteeredNames(input.zones, input.geo ?? {}, context);
});

export type CheckedDns = z.output<typeof dns>;

/** Steering of one zone by absolute names, and the key that each was written under. */
export function steeringOf(
  { apex }: ZoneKey,
  steered: Readonly<Record<string, NameOptions>>,
): { names: Record<string, NameOptions>; keys: Map<string, string>; bad: Map<string, string> } {
  const names: Record<string, NameOptions> = {};
  const written = new Map<string, string>();
  const bad = new Map<string, string>();
  for (const [key, options] of Object.entries(steered)) {
    const parsed = parseName(key, apex);
    const name = typeof parsed === "string" ? "" : formatName(lowerName(parsed));
    if (typeof parsed === "string") bad.set(key, parsed);
    else if (written.has(name)) bad.set(key, `is the same name as ${written.get(name)}`);
    else if (name !== formatName(apex) && !name.endsWith(`.${formatName(apex)}`) && apex.length > 1) {
      bad.set(key, "lies outside the zone");
    } else {
      written.set(name, key);
      names[name] = options;
    }
  }
  return { names, keys: written, bad };
}

function checkSteeredNames(
  all: Readonly<Record<string, CheckedZone>>,
  databases: DatabaseOptions,
  context: Context,
): void {
  for (const [key, { steering }] of Object.entries(all)) {
    const read = readZoneKey(key);
    if (steering === undefined || typeof read === "string") continue;
    const { names, keys: written, bad } = steeringOf(read, steering);
    for (const [name, message] of bad) {
      const params = { expected: 'a name relative to the zone, such as "www" or "@"', at: "key" };
      context.addIssue({ code: "custom", path: ["zones", key, "steering", name], message, params });
    }
    const options: SteeringOptions = { databases, names };
    for (const { path, message, remedy } of checkSteering(options)) {
      const [, name, ...rest] = path;
      const at = ["zones", key, "steering", written.get(String(name)) ?? String(name), ...rest];
      context.addIssue({ code: "custom", path: at, message, params: { remedy } });
    }
  }
}
