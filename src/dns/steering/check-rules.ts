import { parseNetwork } from "../../bytes/address-set.ts";
import type { AddressOptions, DatabaseOptions, PopChoice } from "./options.ts";
import type { ProblemList } from "./problem-list.ts";
import { tiersOfChoice } from "./read-options.ts";
import { DEFAULT_KEY, isPlaceKey, normalKey } from "./rule-key.ts";
import { errorMessage } from "../../error-message.ts";

const CONTINENTS = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];
const MAX_ASN = 0xffff_ffff;
const FORMS = 'Write a network, "country:DE", "continent:EU", "subdivision:US-CA", "asn:64500" or "*"';

/** The keys of rules. `at`: what they stand below. */
export function checkRules(keys: readonly string[], databases: DatabaseOptions, at: ProblemList): void {
  if (!keys.includes(DEFAULT_KEY)) {
    at.add("no rule fits all other clients", `Add "${DEFAULT_KEY}" with what they get`);
  }
  const seen = new Map<string, string>();
  for (const key of keys) {
    if (key === DEFAULT_KEY) continue;
    const below = at.below(key);
    const normal = isPlaceKey(key) ? checkPlaceKey(normalKey(key), databases, below) : checkNetworkKey(key, below);
    if (normal === "") continue;
    const other = seen.get(normal);
    if (other !== undefined) below.add(`the rule "${other}" is for the same clients`, "Keep one of them");
    seen.set(normal, key);
  }
}

/** Answers the key in its normal form, empty when it is none. */
function checkPlaceKey(key: string, databases: DatabaseOptions, at: ProblemList): string {
  const [kind = "", value = ""] = key.split(":", 2);
  const problem = problemWith(kind, value);
  if (problem !== "") {
    at.add(problem, FORMS);
    return "";
  }
  if (databases.place === undefined && (kind !== "asn" || databases.asn === undefined)) {
    const wanted = kind === "asn" ? "dns.geo: { asn: ./asn.mmdb }" : "dns.geo: ./city.mmdb";
    at.add("nobody tells where clients are", `Name a database: ${wanted}; or write networks`);
  }
  return key;
}

function problemWith(kind: string, value: string): string {
  switch (kind) {
    case "asn":
      return /^[1-9]\d{0,9}$/.test(value) && Number(value) <= MAX_ASN
        ? ""
        : `"${value}" is not a number of an autonomous system`;
    case "country":
      return /^[A-Z]{2}$/.test(value) ? "" : `"${value}" is not a country code of two letters (ISO 3166-1)`;
    case "subdivision":
      return /^[A-Z]{2}-[A-Z0-9]{1,3}$/.test(value) ? "" : `"${value}" is not a subdivision code (ISO 3166-2)`;
    default:
      return CONTINENTS.includes(value) ? "" : `"${value}" is none of ${CONTINENTS.join(", ")}`;
  }
}

function checkNetworkKey(key: string, at: ProblemList): string {
  try {
    const { bytes, prefix } = parseNetwork(key);
    const masked = bytes.map((byte, index) => byte & (0xff00 >> Math.max(0, Math.min(8, prefix - index * 8))));
    return `${masked.join(".")}/${prefix}`;
  } catch (error) {
    at.add(errorMessage(error), FORMS);
    return "";
  }
}

/** What a rule gives. */
export function checkChoice(choice: PopChoice, options: AddressOptions, at: ProblemList): void {
  const tiers = tiersOfChoice(choice).flat();
  if (tiers.length === 0) at.add("no pop is named", `Write one of ${popNames(options)}`);
  const seen = new Set<string>();
  for (const [name] of tiers) {
    checkPopName(name, options, at);
    if (seen.has(name)) at.add(`"${name}" is named twice`, "Name it once");
    seen.add(name);
  }
}

function checkPopName(name: string, options: AddressOptions, at: ProblemList): void {
  if (!Object.hasOwn(options.pops, name)) at.add(`there is no pop "${name}"`, `Write one of ${popNames(options)}`);
}

function popNames({ pops }: AddressOptions): string {
  return Object.keys(pops).join(", ");
}
