/** One zone of the config. What its records say is read by the zone store, with all their problems. */
import { z } from "zod";
import type { OwnerRecords, SoaOptions, ZoneRecords } from "../dns/store/zone-records.ts";
import { DEFAULT_SIGNING } from "./defaults-dns.ts";
import { secondary, type CheckedSecondary, zoneTransfer } from "./schema-dns-transfer.ts";
import { steering } from "./schema-dns-steering.ts";
import { domainName, fileName, ttl } from "./schema-dns-value.ts";
import { Refusal, choice, defined, duration, oneOrMany, show, text, value, whole } from "./schema-value.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Records of one owner by type: which types there are, and what their data is, is the store's to say. */
const RECORD_TEXTS = { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] };
const OWNER_JSON = {
  type: "object",
  properties: { ttl: { type: ["integer", "string"] } },
  additionalProperties: {
    anyOf: [
      ...RECORD_TEXTS.anyOf,
      {
        type: "object",
        properties: { ttl: { type: ["integer", "string"] }, data: RECORD_TEXTS },
        required: ["ttl", "data"],
        additionalProperties: false,
      },
    ],
  },
};

const records = z.record(
  z.string(),
  value('records by type, such as { A: "192.0.2.1" }', OWNER_JSON, (input): OwnerRecords | Refusal =>
    typeof input === "object" && input !== null && !Array.isArray(input)
      ? // The store reads it, and says what is wrong with it.
        (input as OwnerRecords)
      : new Refusal(`${show(input)} is no object`),
  ),
);

const soa = z
  .strictObject({
    primary: domainName.optional(),
    contact: text('a mailbox such as "hostmaster@shop.test"', (input) =>
      input === "" ? new Refusal("is empty") : input,
    ).optional(),
    serial: whole(0, 0xffff_ffff).optional(),
    refresh: ttl().optional(),
    retry: ttl().optional(),
    expire: ttl().optional(),
    minimum: ttl().optional(),
  })
  .transform((input): SoaOptions => defined(input));

const signing = z
  .strictObject({
    keys: oneOrMany(fileName),
    when: choice("ahead", "online").optional(),
    validity: duration(60 * MINUTE, 365 * DAY).default(DEFAULT_SIGNING.validity),
    refresh: duration(MINUTE, 365 * DAY).optional(),
    dnskeyTtl: ttl(1, 604_800).default(DEFAULT_SIGNING.dnskeyTtl),
    cds: z.union([z.boolean(), z.literal("delete")]).default(DEFAULT_SIGNING.cds),
  })
  .transform((input, context) => {
    // By default what the default validity leaves, in proportion.
    const refresh = input.refresh ?? Math.floor((input.validity * DEFAULT_SIGNING.refresh) / DEFAULT_SIGNING.validity);
    if (refresh >= input.validity) {
      const params = { expected: "less than validity" };
      context.addIssue({ code: "custom", path: ["refresh"], message: "leaves no time between two signatures", params });
    }
    return { ...input, refresh };
  });

export type CheckedSigning = z.output<typeof signing>;

const dnssec = z
  .union([z.literal(false), fileName, z.array(fileName).min(1), signing])
  .transform((input): CheckedSigning | null => {
    if (input === false) return null;
    if (typeof input === "string" || Array.isArray(input)) {
      return { ...DEFAULT_SIGNING, keys: typeof input === "string" ? [input] : input };
    }
    return input;
  });

const reverse = z
  .union([z.literal(true), oneOrMany(domainName)])
  .transform((input): readonly string[] => (input === true ? [] : input));

const zoneObject = z.strictObject({
  file: fileName.optional(),
  records: records.optional(),
  ttl: ttl().optional(),
  soa: soa.optional(),
  reverse: reverse.optional(),
  secondary: secondary.optional(),
  dnssec: dnssec.default(null),
  transfer: zoneTransfer.optional(),
  steering: steering.optional(),
});

type ZoneParts = z.output<typeof zoneObject>;

export type CheckedContent =
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "records"; readonly zone: ZoneRecords }
  | { readonly kind: "reverse"; readonly from: readonly string[]; readonly zone: ZoneRecords }
  | { readonly kind: "secondary"; readonly secondary: CheckedSecondary };

export interface CheckedZone extends Pick<ZoneParts, "transfer" | "steering" | "dnssec"> {
  readonly content: CheckedContent;
}

/** With which kinds of content an option has a meaning. */
const OPTIONS: Readonly<Record<string, ReadonlyArray<CheckedContent["kind"]>>> = {
  records: ["records", "reverse"],
  ttl: ["records", "reverse"],
  soa: ["records", "reverse"],
  dnssec: ["file", "records", "reverse"],
  steering: ["file", "records", "reverse"],
};

export const zone = zoneObject.transform((input, context): CheckedZone => {
  const kinds = (["file", "secondary", "reverse"] as const).filter((kind) => input[kind] !== undefined);
  const kind = kinds[0] ?? (input.records === undefined ? null : "records");
  // A misspelt kind is said already, with the right word beside it.
  if (kind === null && context.issues.length > 0) return z.NEVER;
  if (kind === null || kinds.length > 1) {
    const message = kind === null ? "has no content" : `has several contents: ${kinds.join(", ")}`;
    const path = kind === null ? [] : [kinds[1]!];
    const params = { expected: "exactly one of file, records, reverse, secondary" };
    context.addIssue({ code: "custom", path, message, params });
    return z.NEVER;
  }
  for (const [option, wanted] of Object.entries(OPTIONS)) {
    const given = input[option as keyof ZoneParts];
    if (given === undefined || given === null || wanted.includes(kind)) continue;
    const message = kind === "secondary" ? "is for the primary server to say" : `does not go with ${kind}`;
    context.addIssue({ code: "custom", path: [option], message, params: { at: "key" } });
  }
  const { transfer, steering: steered, dnssec: signed } = input;
  if (signed?.when === "ahead" && steered !== undefined) {
    const params = { expected: "online: what a steered name answers is not known ahead" };
    context.addIssue({ code: "custom", path: ["dnssec", "when"], message: "does not go with steering", params });
  }
  if (transfer !== undefined && Object.values(transfer).some((peers) => peers !== undefined && peers.length > 0)) {
    const [why, expected] =
      steered !== undefined
        ? [NOT_SENT.steering, "no transfer of it, or its steered names in a zone of their own"]
        : signed?.when === "online"
          ? [NOT_SENT.online, "dnssec.when: ahead, whose signatures are in the zone"]
          : ["", ""];
    if (why !== "") context.addIssue({ code: "custom", path: ["transfer"], message: why, params: { expected } });
  }
  return { transfer, steering: steered, dnssec: signed, content: contentOf(kind, input) };
});

/** What is made for each answer stands in no zone that could be sent: a secondary would deny what we answer. */
const NOT_SENT = {
  steering: "does not go with steering: other servers would answer that the steered names have no addresses",
  online: "does not go with dnssec.when online: other servers would answer without signatures",
} as const;

function contentOf(kind: CheckedContent["kind"], input: ZoneParts): CheckedContent {
  const zoneRecords: ZoneRecords = { ...defined({ ttl: input.ttl, soa: input.soa }), records: input.records ?? {} };
  switch (kind) {
    case "file":
      return { kind, file: input.file! };
    case "secondary":
      return { kind, secondary: input.secondary! };
    case "reverse":
      return { kind, from: input.reverse!, zone: zoneRecords };
    case "records":
      return { kind, zone: zoneRecords };
  }
}
