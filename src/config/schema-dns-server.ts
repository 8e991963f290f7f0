/** What the config says of the name server as a whole: where it listens, its keys, and what it holds clients to. */
import { z } from "zod";
import { formatHostPort } from "../bytes/address.ts";
import type { DnsListenOptions } from "../dns/server/dns-server.ts";
import { tsigAlgorithm } from "../dns/transfer/tsig-algorithm.ts";
import { createTsigKey } from "../dns/transfer/tsig-key.ts";
import {
  DEFAULT_DNS_COOKIES,
  DEFAULT_DNS_EXEMPT,
  DEFAULT_DNS_STREAMS,
  DEFAULT_RATE_LIMIT,
  DEFAULT_TSIG_ALGORITHM,
} from "./defaults-dns.ts";
import { network } from "./schema-address.ts";
import { dnsListenAddress, fileName, secret, type Secret } from "./schema-dns-value.ts";
import { Refusal, choice, defined, duration, show, text, whole } from "./schema-value.ts";

const DAY = 86_400_000;
const TRANSPORTS = ["udp", "tcp", "tls"] as const;

const listener = z
  .union([
    dnsListenAddress,
    z.strictObject({
      udp: dnsListenAddress.optional(),
      tcp: dnsListenAddress.optional(),
      tls: dnsListenAddress.optional(),
    }),
  ])
  .transform((input, context): DnsListenOptions[] => {
    if ("host" in input) return (["udp", "tcp"] as const).map((transport) => ({ transport, ...input }));
    const given = TRANSPORTS.filter((transport) => input[transport] !== undefined);
    const [transport] = given;
    if (transport !== undefined && given.length === 1) return [{ transport, ...input[transport]! }];
    // A misspelt transport is said already.
    if (context.issues.length > 0) return z.NEVER;
    const message = transport === undefined ? "names no transport" : `has ${given.length} transports`;
    context.addIssue({ code: "custom", message, params: { expected: "exactly one of udp, tcp, tls" } });
    return z.NEVER;
  });

export const dnsListeners = z.array(listener).transform((input, context): DnsListenOptions[] => {
  // zod runs a transform in spite of unknown keys; they are said already.
  if (context.issues.length > 0) return [];
  const seen = new Set<string>();
  for (const [index, entries] of input.entries()) {
    for (const entry of entries) {
      const address = formatHostPort(entry);
      // TLS stands on TCP.
      const socket = `${entry.transport === "udp" ? "udp" : "tcp"} ${address}`;
      if (entry.port !== 0 && seen.has(socket)) {
        const params = { expected: "another address" };
        context.addIssue({ code: "custom", path: [index], message: `${address} is listened on already`, params });
        break;
      }
      seen.add(socket);
    }
  }
  return input.flat();
});

/** Null: self-signed. */
export const dnsTls = z
  .union([choice("self-signed"), z.strictObject({ certificate: fileName, key: fileName })])
  .transform((input) => (input === "self-signed" ? null : input));

function base64Problem(text: string): string {
  try {
    createTsigKey({ name: "key", secret: text });
    return "";
  } catch {
    return "is not base64 of 8 bytes or more";
  }
}

export const TSIG_SECRET: (text: string) => string = base64Problem;

export interface CheckedTsigKey {
  readonly algorithm: string;
  readonly secret: Secret;
}

const algorithm = choice("hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha1");

const tsigKeyObject = z.strictObject({
  algorithm: algorithm.default(DEFAULT_TSIG_ALGORITHM),
  secret: secret("base64 of 8 bytes or more", TSIG_SECRET),
});

export const tsigKey = tsigKeyObject.transform((input): CheckedTsigKey => input);

/** SHA-1 is only for peers that can do no better, which then sign; we sign with nothing weaker than SHA-256. */
export function canSign(name: string): boolean {
  return tsigAlgorithm(name)?.signs === true;
}

export const COOKIE_SECRET = (text: string): string =>
  /^[0-9a-fA-F]{32}$/.test(text) ? "" : "is not 32 hexadecimal digits";

const cookiesObject = z.strictObject({
  secret: secret("32 hexadecimal digits", COOKIE_SECRET).optional(),
  requiredAbove: whole(0, 100_000_000).optional(),
});

/** Null: none. */
export const dnsCookies = z
  .union([z.boolean(), cookiesObject])
  .default(DEFAULT_DNS_COOKIES)
  .transform((input): { secret?: Secret; requiredAbove?: number } | null => {
    if (input === false) return null;
    return input === true ? {} : defined(input);
  });

const rateLimitObject = z.strictObject({
  rate: whole(1, 1_000_000).default(DEFAULT_RATE_LIMIT.rate),
  slip: whole(0, 100).default(DEFAULT_RATE_LIMIT.slip),
  window: whole(1, 3600).default(DEFAULT_RATE_LIMIT.window),
  size: whole(1024, 16_777_216).default(DEFAULT_RATE_LIMIT.size),
  exempt: z.array(network).default([...DEFAULT_DNS_EXEMPT]),
});

/** Null: no limit. */
export const dnsRateLimit = z
  .union([z.literal(false), rateLimitObject])
  .prefault({})
  .transform((input) => (input === false ? null : input));

/** RFC 4892: one character string. */
const chaosText = text("text of 1 to 255 bytes", (input) => {
  const size = Buffer.byteLength(input);
  return size >= 1 && size <= 255 ? input : new Refusal(`${show(input)} has ${size} bytes`);
});

export const nsid = text("text of 1 to 128 bytes", (input) => {
  const size = Buffer.byteLength(input);
  return size >= 1 && size <= 128 ? input : new Refusal(`${show(input)} has ${size} bytes`);
});

export const dnsChaos = z
  .union([z.literal(false), z.strictObject({ version: chaosText.optional(), id: chaosText.optional() })])
  .default(false)
  .transform((input) => (input === false ? null : defined(input)));

export const dnsStreams = z.strictObject({
  connections: whole(1, 1_000_000).default(DEFAULT_DNS_STREAMS.connections),
  connectionsPerClient: whole(1, 1_000_000).default(DEFAULT_DNS_STREAMS.connectionsPerClient),
  idleTimeout: duration(100, DAY).default(DEFAULT_DNS_STREAMS.idleTimeout),
  messagesPerConnection: whole(1, 1_000_000_000).default(DEFAULT_DNS_STREAMS.messagesPerConnection),
});

export const dnsGeo = z
  .union([fileName, z.strictObject({ place: fileName.optional(), asn: fileName.optional() })])
  .transform((input): { place?: string; asn?: string } =>
    typeof input === "string" ? { place: input } : defined(input),
  );
