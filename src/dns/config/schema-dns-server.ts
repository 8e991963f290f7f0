/** What the config says of the name server as a whole: where it listens, its keys, and what it holds clients to. */
import { z } from "zod";
import { formatHostPort } from "../../bytes/address.ts";
import type { DnsListenOptions } from "../server/dns-server.ts";
import { tsigAlgorithm } from "../transfer/tsig-algorithm.ts";
import { createTsigKey } from "../transfer/tsig-key.ts";
import {
  DEFAULT_DNS_COOKIES,
  DEFAULT_DNS_EXEMPT,
  DEFAULT_DNS_FILES,
  DEFAULT_DNS_STREAMS,
  DEFAULT_RATE_LIMIT,
  DEFAULT_TSIG_ALGORITHM,
} from "./defaults-dns.ts";
import { network } from "../../schema/address.ts";
import { dnsListenAddress, fileName, secret, type Secret } from "./schema-dns-value.ts";
import { checkEntries, oneOf } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { Refusal, choice, defined, duration, share, show, text, whole } from "../../schema/value.ts";

const DAY = 86_400_000;
const TRANSPORTS = ["udp", "tcp", "tls"] as const;

const listenerObject = z.strictObject({
  udp: option(dnsListenAddress.optional(), "UDP alone."),
  tcp: option(dnsListenAddress.optional(), "TCP alone."),
  tls: option(dnsListenAddress.optional(), "DNS over TLS (RFC 7858); the usual port is 853."),
});

const listener = z
  .union([dnsListenAddress, oneOf(listenerObject, TRANSPORTS, { none: "names no transport", many: "transports" })])
  .transform((input): DnsListenOptions[] => {
    if ("host" in input) return (["udp", "tcp"] as const).map((transport) => ({ transport, ...input }));
    return TRANSPORTS.flatMap((transport) => {
      const address = input[transport];
      return address === undefined ? [] : [{ transport, ...address }];
    });
  });

export const dnsListeners = checkEntries(z.array(listener), (list, report) => {
  const seen = new Set<string>();
  for (const [index, entries] of list) {
    for (const entry of entries) {
      const address = formatHostPort(entry);
      // TLS stands on TCP.
      const socket = `${entry.transport === "udp" ? "udp" : "tcp"} ${address}`;
      if (entry.port !== 0 && seen.has(socket)) {
        report([index], `${address} is listened on already`, { expected: "another address" });
        break;
      }
      seen.add(socket);
    }
  }
}).transform((input): DnsListenOptions[] => input.flat());

const tlsObject = z.strictObject({
  certificate: option(fileName, "PEM: the certificate, then those that lead to its root. Read again when it changes."),
  key: option(fileName, "PEM: its private key."),
});

/** Null: self-signed. */
export const dnsTls = z
  .union([choice("self-signed"), tlsObject])
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
  algorithm: option(algorithm.default(DEFAULT_TSIG_ALGORITHM), "SHA-1 is only verified, never used to sign."),
  secret: option(
    secret("base64 of 8 bytes or more", TSIG_SECRET),
    "At least 8 bytes; better as many as the hash has. Never repeated in a message.",
    { values: "base64, or `{ file }`" },
  ),
});

export const tsigKey = tsigKeyObject.transform((input): CheckedTsigKey => input);

/** SHA-1 is only for peers that can do no better, which then sign; we sign with nothing weaker than SHA-256. */
export function canSign(name: string): boolean {
  return tsigAlgorithm(name)?.signs === true;
}

export const COOKIE_SECRET = (text: string): string =>
  /^[0-9a-fA-F]{32}$/.test(text) ? "" : "is not 32 hexadecimal digits";

const cookiesObject = z.strictObject({
  secret: option(
    secret("32 hexadecimal digits", COOKIE_SECRET).optional(),
    "The same on all servers that share an address.",
    { values: "32 hexadecimal digits, or `{ file }`", initial: "random" },
  ),
  requiredAbove: option(
    whole(0, 100_000_000).optional(),
    "Queries per second over UDP from which on one without a valid cookie is told to bring one (BADCOOKIE).",
    { initial: "never" },
  ),
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
  rate: option(whole(1, 1_000_000).default(DEFAULT_RATE_LIMIT.rate), "Answers per second of one kind about one name."),
  slip: option(
    whole(0, 100).default(DEFAULT_RATE_LIMIT.slip),
    "Of those beyond it every how manieth goes out empty and truncated, so that a real client asks again over TCP. 0: none.",
  ),
  window: option(
    whole(1, 3600).default(DEFAULT_RATE_LIMIT.window),
    "Seconds for which a client that was limited stays so at most.",
  ),
  size: option(
    whole(1024, 16_777_216).default(DEFAULT_RATE_LIMIT.size),
    "Places in the table, 16 bytes each. The quietest give way.",
  ),
  exempt: option(z.array(network).default([...DEFAULT_DNS_EXEMPT]), "Clients that are not limited.", {
    values: "networks",
    initial: '`["127.0.0.0/8", "::1"]`',
  }),
});

/** Null: no limit. */
export const dnsRateLimit = z
  .union([z.literal(false), rateLimitObject])
  .prefault({})
  .transform((input) => (input === false ? null : input));

/** RFC 4892: one character string. */
const chaosText = bytesOfText(255);

/** RFC 5001 §2.3. */
export const nsid = bytesOfText(128);

function bytesOfText(most: number) {
  const read = (input: string): string | Refusal => {
    const size = Buffer.byteLength(input);
    return size >= 1 && size <= most ? input : new Refusal(`${show(input)} has ${size} bytes`);
  };
  return text(`text of 1 to ${most} bytes`, read, { values: `1 to ${most} bytes of text` });
}

const chaosObject = z.strictObject({
  version: option(chaosText.optional(), "To `version.bind`."),
  id: option(chaosText.optional(), "To `id.server` and `hostname.bind`."),
});

export const dnsChaos = z
  .union([z.literal(false), chaosObject])
  .default(false)
  .transform((input) => (input === false ? null : defined(input)));

export const dnsStreams = z.strictObject({
  connections: option(
    whole(1, 1_000_000).default(DEFAULT_DNS_STREAMS.connections),
    "At once; further ones are closed.",
  ),
  connectionsPerClient: option(
    whole(1, 1_000_000).default(DEFAULT_DNS_STREAMS.connectionsPerClient),
    "Of one address.",
  ),
  idleTimeout: option(
    duration(100, DAY).default(DEFAULT_DNS_STREAMS.idleTimeout),
    "Without a whole query, or with an answer that is not taken.",
  ),
  messagesPerConnection: option(
    whole(1, 1_000_000_000).default(DEFAULT_DNS_STREAMS.messagesPerConnection),
    "Then it is closed.",
  ),
});

export const dnsFiles = z.strictObject({
  watch: option(
    z.boolean().default(DEFAULT_DNS_FILES.watch),
    "Reads a zone file again when it has changed, has been quiet for a second and ends in a newline. Otherwise: `roundtrip dns reload`.",
  ),
  maxLoss: option(
    share.default(DEFAULT_DNS_FILES.maxLoss),
    "A zone file that has lost more than this share of the zone's names (of ten or more) is refused, unless `roundtrip dns reload --force` says that it is right.",
  ),
});

const geoObject = z.strictObject({
  place: option(fileName.optional(), "Countries, continents, subdivisions, coordinates."),
  asn: option(fileName.optional(), "Autonomous systems.", { initial: "place" }),
});

export const dnsGeo = z
  .union([fileName, geoObject])
  .transform((input): { place?: string; asn?: string } =>
    typeof input === "string" ? { place: input } : defined(input),
  );
