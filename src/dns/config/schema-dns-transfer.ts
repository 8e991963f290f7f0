/** Who may fetch a zone, who is told of changes, and where a secondary zone comes from. */
import { z } from "zod";
import type { AccessRule } from "../transfer/access-rules.ts";
import type { PeerOptions } from "../transfer/transfer-options.ts";
import { DEFAULT_SECONDARY } from "./defaults-dns.ts";
import { network } from "../../schema/address.ts";
import { fileName, peerAddress, ttl } from "./schema-dns-value.ts";
import { check } from "../../schema/check.ts";
import { option, reference } from "../../schema/facts.ts";
import { defined, duration, oneOrMany, size, text, whole } from "../../schema/value.ts";

const YEAR = 365 * 86_400;
/** Milliseconds, as durations are. */
const SECOND = 1_000;
const DAY = 86_400_000;

const keyName = reference(
  "key",
  text("the name of a key below dns.keys", (input) => input, { values: "name of a key", initial: "none" }),
);

/** `words`: what the key is for, where the peer stands. */
function peerWith(words: string) {
  return z
    .union([
      peerAddress.transform((address) => ({ address, key: undefined })),
      z.strictObject({
        address: option(peerAddress, "The long form."),
        key: option(keyName.optional(), words),
      }),
    ])
    .transform((input): PeerOptions => defined({ ...input.address, key: input.key }));
}

function accessWith(words: string) {
  const object = z.strictObject({
    addresses: option(oneOrMany(network).optional(), "", { values: "networks", initial: "any" }),
    key: option(keyName.optional(), words),
  });
  const named = check(object, ["addresses", "key"], ({ addresses, key }, report) => {
    if (addresses !== undefined || key !== undefined) return;
    report([], "names no client", { expected: 'addresses, a key, or both; "everybody" is 0.0.0.0/0 and ::/0' });
  });
  return z
    .union([network.transform((addresses) => ({ addresses: [addresses], key: undefined })), named])
    .transform((input): AccessRule => defined({ addresses: input.addresses, key: input.key }));
}

const transferObject = z.strictObject({
  allow: option(
    z.array(accessWith("The request must be signed with it.")).optional(),
    "Networks, or objects: all that an object states must hold.",
    { values: "list", initial: "nobody" },
  ),
  notify: option(
    z.array(peerWith("Signs the message.")).optional(),
    "Servers that are told (NOTIFY, RFC 1996), as often as it takes.",
    { values: "list", initial: "nobody" },
  ),
});

export const zoneTransfer = transferObject.transform((input) => defined(input));

const secondaryObject = z.strictObject({
  primaries: option(
    z.array(peerWith("Messages to it are signed, and those from it must be.")).min(1),
    "Addresses, asked in this order. Without port: 53.",
    { values: "list" },
  ),
  save: option(fileName.optional(), "Keeps the zone, so that a restart has it at once.", {
    initial: "none",
  }),
  allowNotify: option(
    z.array(accessWith("")).optional(),
    "Who may tell of changes, besides the primaries: networks, or objects as in `transfer.allow`.",
    { values: "list", initial: "[]" },
  ),
  shortest: option(ttl(1, YEAR).optional(), "No refresh or retry of the zone's SOA is taken for less.", {
    initial: "`10s`",
  }),
  longest: option(ttl(1, YEAR).optional(), "And none, nor its expiry, for more.", {
    initial: "`4w`",
  }),
  maxRecords: option(
    whole(1, 100_000_000).default(DEFAULT_SECONDARY.maxRecords),
    "A larger zone is refused, and the one before is kept.",
  ),
  maxBytes: option(
    size(512, 16 * 1024 ** 3).default(DEFAULT_SECONDARY.maxBytes),
    "The same for all messages of one transfer.",
  ),
  maxTime: option(
    duration(SECOND, DAY).default(DEFAULT_SECONDARY.maxTime),
    "A transfer that takes longer is broken off, and the next primary is asked.",
  ),
});

export const secondary = check(secondaryObject, ["shortest", "longest"], ({ shortest, longest }, report) => {
  if (shortest === undefined || longest === undefined || shortest <= longest) return;
  report(["shortest"], "is more than longest", { expected: "at most longest" });
}).transform((input) => {
  const { shortest = DEFAULT_SECONDARY.shortest, longest = DEFAULT_SECONDARY.longest } = input;
  // Only one of them was given, and the other's default lies beyond it.
  return input.shortest === undefined
    ? { ...input, shortest: Math.min(shortest, longest), longest }
    : { ...input, shortest, longest: Math.max(shortest, longest) };
});

export type CheckedSecondary = z.output<typeof secondary>;
