/** One zone of the config. What its records say is read by the zone store, with all their problems. */
import { z } from "zod";
import type { OwnerRecords, SoaOptions, ZoneRecords } from "../store/zone-records.ts";
import { DEFAULT_SIGNING } from "./defaults-dns.ts";
import { secondary, type CheckedSecondary, zoneTransfer } from "./schema-dns-transfer.ts";
import { steering } from "./schema-dns-steering.ts";
import { domainName, fileName, ttl } from "./schema-dns-value.ts";
import { ALWAYS, SAID, check, checkWellFormed, isFields, reporter } from "../../schema/check.ts";
import { option, reference } from "../../schema/facts.ts";
import { Refusal, choice, defined, duration, oneOrMany, show, text, value, whole } from "../../schema/value.ts";

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
      : new Refusal(`${show(input)} is not an object`),
  ),
);

const soaObject = z.strictObject({
  primary: option(domainName.optional(), "Primary server.", { initial: "the first NS" }),
  contact: option(
    text('a mailbox such as "hostmaster@shop.test"', (input) =>
      input === "" ? new Refusal("is empty") : input,
    ).optional(),
    "Whom to write to.",
    { values: "mailbox", initial: "`hostmaster` in the zone" },
  ),
  serial: option(whole(0, 0xffff_ffff).optional(), "Raised automatically unless it is given.", {
    initial: "made from the content",
  }),
  refresh: option(ttl().optional(), "When secondaries ask again.", { initial: "2h" }),
  retry: option(ttl().optional(), "The same after a failure.", { initial: "1h" }),
  expire: option(ttl().optional(), "After it a secondary that cannot ask stops answering.", {
    initial: "2w",
  }),
  minimum: option(ttl().optional(), 'How long "no such name" may be kept.', { initial: "5m" }),
});

const soa = soaObject.transform((input): SoaOptions => defined(input));

const signingObject = z.strictObject({
  keys: option(
    oneOrMany(fileName),
    "Made by `roundtrip dns key create`, or `.private` files of BIND's tools with their `.key` beside them.",
    { values: "files" },
  ),
  when: option(
    choice("ahead", "online").optional(),
    "When the zone is loaded, or as it is asked: then what does not exist is denied without telling its neighbours (RFC 9824).",
    { initial: "`online` with steered names, else `ahead`" },
  ),
  validity: option(duration(60 * MINUTE, 365 * DAY).default(DEFAULT_SIGNING.validity), "How long signatures hold.", {
    values: "1h to 365d",
    initial: "`14d`",
  }),
  refresh: option(duration(MINUTE, 365 * DAY).optional(), "With less than this left they are made again.", {
    values: "less than `validity`",
    initial: "two sevenths of `validity`",
  }),
  dnskeyTtl: option(ttl(1, 604_800).default(DEFAULT_SIGNING.dnskeyTtl), "TTL of DNSKEY, CDS and CDNSKEY.", {
    initial: "`1h`",
  }),
  cds: option(
    z.union([z.boolean(), z.literal("delete")]).default(DEFAULT_SIGNING.cds),
    "Tells the parent which DS to have (RFC 7344): while a key is changed both, with `delete` none any more (RFC 8078).",
    { values: "true, false, `delete`" },
  ),
});

/** By default what the default validity leaves, in proportion. */
function refreshOf({ validity, refresh }: { validity: number; refresh?: number | undefined }): number {
  return refresh ?? Math.floor((validity * DEFAULT_SIGNING.refresh) / DEFAULT_SIGNING.validity);
}

const signing = check(signingObject, ["validity", "refresh"], (parts, report) => {
  if (refreshOf(parts) < parts.validity) return;
  report(["refresh"], "leaves no time between two signatures", { expected: "less than validity" });
}).transform((input) => ({ ...input, refresh: refreshOf(input) }));

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
  .union([z.literal(true), oneOrMany(reference("zone", domainName))])
  .transform((input): readonly string[] => (input === true ? [] : input));

const zoneObject = z.strictObject({
  file: option(
    fileName.optional(),
    "A zone file (RFC 1035 §5, with `$TTL`, `$INCLUDE`, `$GENERATE`). Read again when it changes.",
  ),
  records: option(
    records.optional(),
    '`{ www: { A: "192.0.2.1", TXT: ["one", "two"], MX: { ttl: 5m, data: "10 mail" } } }`: by name relative to the zone (`@`: its own), then by type, data as in a zone file.',
    { values: "names and records" },
  ),
  ttl: option(ttl().optional(), "Of records that state none.", { initial: "1h" }),
  soa: option(soa.optional(), "SOA of a zone from the config."),
  reverse: option(
    reverse.optional(),
    "PTR records of the addresses in these zones (`true`: in all) that lie in the prefix. Needs an NS in `records`.",
    { values: "true, or names of zones" },
  ),
  secondary: option(
    secondary.optional(),
    "The zone is fetched from other servers. Until it is there, and when it has expired, the answer is SERVFAIL.",
  ),
  transfer: option(zoneTransfer.optional(), "Who may fetch the zone (AXFR, IXFR), and who is told of changes."),
  dnssec: option(dnssec.default(null), "[Signs the zone](../guide/dns.md#dnssec).", {
    values: "`false`, key files, or an object",
    initial: "`false`",
  }),
  steering: option(steering.optional(), "Each has either `alias` or `pops`.", {
    values: "names and objects",
    initial: "none",
  }),
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

/** Of a zone that says it once; a reverse zone may have records beside it. */
function kindOf(
  parts: Partial<Pick<ZoneParts, "file" | "secondary" | "reverse" | "records">>,
): CheckedContent["kind"] | null {
  const [kind, ...others] = (["file", "secondary", "reverse"] as const).filter((one) => parts[one] !== undefined);
  if (kind === undefined) return parts.records === undefined ? null : "records";
  return others.length === 0 ? kind : null;
}

const oneContent = zoneObject.superRefine((input: unknown, context) => {
  if (!isFields(input)) return;
  const report = reporter(context);
  const present = (["file", "secondary", "reverse"] as const).filter((kind) => input[kind] !== undefined);
  const expected = "exactly one of file, records, reverse, secondary";
  if (present.length > 1) report([present[1]!], `has several contents: ${present.join(", ")}`, { expected });
  if (present.length > 0 || input["records"] !== undefined) return;
  // A misspelt kind is said already, with the right word beside it.
  if (context.issues.length > 0) context.addIssue({ code: "custom", message: SAID });
  else report([], "has no content", { expected });
}, ALWAYS);

const fitting = checkWellFormed(oneContent, (parts, report) => {
  const kind = kindOf(parts);
  if (kind === null) return;
  for (const [option, wanted] of Object.entries(OPTIONS)) {
    const given = parts[option as keyof ZoneParts];
    if (given === undefined || given === null || wanted.includes(kind)) continue;
    const message = kind === "secondary" ? "is for the primary server to say" : `cannot be combined with ${kind}`;
    report([option], message, { at: "key" });
  }
});

const signable = check(fitting, ["dnssec", "steering"], ({ dnssec: signed, steering: steered }, report) => {
  if (signed?.when !== "ahead" || steered === undefined) return;
  const expected = "online: what a steered name answers is not known ahead";
  report(["dnssec", "when"], "cannot be combined with steering", { expected });
});

/** What is made for each answer stands in no zone that could be sent: a secondary would deny what we answer. */
export const zone = check(signable, ["transfer", "dnssec", "steering"], (parts, report) => {
  const { transfer, dnssec: signed, steering: steered } = parts;
  if (!Object.values(transfer ?? {}).some((peers) => peers !== undefined && peers.length > 0)) return;
  if (steered !== undefined) {
    report(
      ["transfer"],
      "cannot be combined with steering: other servers would answer that the steered names have no addresses",
      {
        expected: "no transfer of it, or its steered names in a zone of their own",
      },
    );
  } else if (signed?.when === "online") {
    report(["transfer"], "cannot be combined with dnssec.when online: other servers would answer without signatures", {
      expected: "dnssec.when: ahead, whose signatures are in the zone",
    });
  }
}).transform((input): CheckedZone => {
  const { transfer, steering: steered, dnssec: signed } = input;
  return { transfer, steering: steered, dnssec: signed, content: contentOf(kindOf(input)!, input) };
});

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
