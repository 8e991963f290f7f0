/** Who may fetch a zone, who is told of changes, and where a secondary zone comes from. */
import { z } from "zod";
import type { AccessRule } from "../dns/transfer/access-rules.ts";
import type { PeerOptions } from "../dns/transfer/transfer-options.ts";
import { DEFAULT_SECONDARY } from "./defaults-dns.ts";
import { network } from "./schema-address.ts";
import { fileName, peerAddress, ttl } from "./schema-dns-value.ts";
import { defined, oneOrMany, size, text, whole } from "./schema-value.ts";

const YEAR = 365 * 86_400;

/** That there is such a key is checked by `references-dns.ts`. */
const keyName = text("the name of a key below dns.keys", (input) => input);

const peer = z
  .union([
    peerAddress.transform((address) => ({ address, key: undefined })),
    z.strictObject({ address: peerAddress, key: keyName.optional() }),
  ])
  .transform((input): PeerOptions => defined({ ...input.address, key: input.key }));

const access = z
  .union([
    network.transform((addresses) => ({ addresses: [addresses], key: undefined })),
    z.strictObject({ addresses: oneOrMany(network).optional(), key: keyName.optional() }),
  ])
  .transform((input, context): AccessRule => {
    if (input.addresses === undefined && input.key === undefined && context.issues.length === 0) {
      const params = { expected: 'addresses, a key, or both; "everybody" is 0.0.0.0/0 and ::/0' };
      context.addIssue({ code: "custom", message: "names nobody", params });
    }
    return defined({ addresses: input.addresses, key: input.key });
  });

export const zoneTransfer = z
  .strictObject({ allow: z.array(access).optional(), notify: z.array(peer).optional() })
  .transform((input) => defined(input));

export const secondary = z
  .strictObject({
    primaries: z.array(peer).min(1),
    save: fileName.optional(),
    allowNotify: z.array(access).optional(),
    shortest: ttl(1, YEAR).optional(),
    longest: ttl(1, YEAR).optional(),
    maxRecords: whole(1, 100_000_000).default(DEFAULT_SECONDARY.maxRecords),
    maxBytes: size(512, 16 * 1024 ** 3).default(DEFAULT_SECONDARY.maxBytes),
  })
  .transform((input, context) => {
    const { shortest = DEFAULT_SECONDARY.shortest, longest = DEFAULT_SECONDARY.longest } = input;
    if (input.shortest !== undefined && input.longest !== undefined && shortest > longest) {
      const params = { expected: "at most longest" };
      context.addIssue({ code: "custom", path: ["shortest"], message: "is more than longest", params });
    }
    // Only one of them was given, and the other's default lies beyond it.
    return input.shortest === undefined
      ? { ...input, shortest: Math.min(shortest, longest), longest }
      : { ...input, shortest, longest: Math.max(shortest, longest) };
  });

export type CheckedSecondary = z.output<typeof secondary>;
