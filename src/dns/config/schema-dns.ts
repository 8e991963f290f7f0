/** `dns`: the name server and its zones. */
import { z } from "zod";
import { checkSteering } from "../steering/check-options.ts";
import type { DatabaseOptions, NameOptions, SteeringOptions } from "../steering/options.ts";
import { formatName, lowerName, parseName } from "../wire/name.ts";
import {
  dnsChaos,
  dnsCookies,
  dnsFiles,
  dnsGeo,
  dnsListeners,
  dnsRateLimit,
  dnsStreams,
  dnsTls,
  nsid,
  tsigKey,
} from "./schema-dns-server.ts";
import { fileName } from "./schema-dns-value.ts";
import { zone } from "./schema-dns-zone.ts";
import { ALWAYS, isFields } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { show } from "../../schema/value.ts";
import { hasAddresses, plainName, readZoneKey, type ZoneKey } from "./zone-key.ts";

type Context = z.core.$RefinementCtx;

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
  return isFields(input) ? Object.entries(input) : [];
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
    const problem = typeof parsed === "string" ? `the name ${parsed}` : seen.has(name) ? "appears twice" : "";
    seen.add(name);
    if (problem === "") continue;
    const params = { expected: "a domain name, the same on both sides", at: "key" };
    context.addIssue({ code: "custom", path: [key], message: problem, params });
  }
}, ALWAYS);

const dnsObject = z.strictObject({
  listeners: option(
    dnsListeners.default([]),
    '`"127.0.0.1:53"` is UDP and TCP at that address; an object names one transport. An address, no name: an answer must leave from the address that was asked. `[]`: only over HTTPS.',
    { values: "list" },
  ),
  tls: option(
    dnsTls.default(null),
    "Certificate of the TLS listeners. `self-signed` is made at the start, for the names of the zones: good for trying it out.",
    { values: "`self-signed`, or an object", initial: "`self-signed`" },
  ),
  cookies: option(dnsCookies, "DNS cookies (RFC 7873, RFC 9018): who has one cannot be a forged address.", {
    values: "true, false, or an object",
  }),
  rateLimit: option(
    dnsRateLimit,
    "Limits what one network (/24, /56) gets over UDP, so that forged queries flood nobody. `false`: no limit.",
    { values: "`false`, or an object" },
  ),
  nsid: option(nsid.optional(), "Tells this server from others with its address (RFC 5001, `dig +nsid`).", {
    initial: "none",
  }),
  chaos: option(dnsChaos, "What is said in class CHAOS (RFC 4892). `false`: REFUSED.", {
    values: "`false`, or an object",
  }),
  streams: option(dnsStreams.prefault({}), "Limits of TCP and TLS connections."),
  files: option(dnsFiles.prefault({}), "How zone files are read again while the edge runs."),
  geo: option(
    dnsGeo.optional(),
    "Where clients are: a MaxMind DB file, for `geography` and `nearest`. Read again when it changes.",
    { values: "file, or an object", initial: "none" },
  ),
  serials: option(
    fileName.optional(),
    "Keeps all serials that are made: of zones from the config, so that a restart does not raise them, and of zones signed ahead, so that none falls. Those of zone files are else kept beside the file, as `NAME.serial`.",
    { initial: "none" },
  ),
  keys: option(keys.default({}), "TSIG keys (RFC 8945). The name is that of the key on the other side too.", {
    values: "names and objects",
    secret: true,
    // RFC 8945 §4.2: names of keys are domain names.
    names: { kind: "key", plain: plainName },
  }),
  zones: option(
    zones,
    "By name; a reverse zone also by its prefix (`10.0.0.0/24`). Each has exactly one content: `file`, `records`, `reverse` or `secondary`.",
    { values: "names and objects", names: { kind: "zone", plain: plainName, isName: hasAddresses } },
  ),
});

const steeringChecked = dnsObject.superRefine((input: unknown, context) => {
  if (isFields(input)) checkSteeredNames(input, context);
}, ALWAYS);

/** Undefined: the edge is not a name server. */
export const dns = option(steeringChecked.optional(), "Authoritative DNS. Without it the edge answers none.", {
  initial: "none",
});

export type DnsSchema = typeof dnsObject;
export type CheckedDns = z.output<DnsSchema>;

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

/** Judges every steered name that is well-formed, whatever is wrong with its zone. */
function checkSteeredNames(input: Readonly<Record<string, unknown>>, context: Context): void {
  const { geo } = input as Partial<CheckedDns>;
  // Of databases that are not well-formed nothing is said but that.
  const databases: DatabaseOptions = isIllFormed(context, ["geo"]) ? { place: "?", asn: "?" } : (geo ?? {});
  for (const [key, part] of entriesOf(input["zones"])) {
    const read = readZoneKey(key);
    const steering = isFields(part) ? part["steering"] : undefined;
    if (typeof read === "string" || !isFields(steering)) continue;
    const good = Object.entries(steering).filter(([name]) => !isIllFormed(context, ["zones", key, "steering", name]));
    const { names, keys: written, bad } = steeringOf(read, Object.fromEntries(good) as Record<string, NameOptions>);
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

/** Something is wrong at or below the path, and with all of the parts around it. */
function isIllFormed(context: Context, path: readonly string[]): boolean {
  return context.issues.some((issue) => {
    const at = issue.path ?? [];
    return issue.code !== "unrecognized_keys" && at.length > 0 && path.every((step, index) => step === at[index]);
  });
}
