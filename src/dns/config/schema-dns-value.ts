/** Values that only the DNS part of a config has. */
import { readFileSync } from "node:fs";
import { isIP, isIPv6 } from "node:net";
import { parseHostPort } from "../../bytes/address.ts";
import { ttlOf } from "../store/ttl.ts";
import { MAX_TTL } from "../zone/number-reader.ts";
import { parseName } from "../wire/name.ts";
import { Refusal, show, text, value } from "../../schema/value.ts";
import { errorMessage } from "../../error-message.ts";

const STRING = { type: "string" };
const TTL_JSON = {
  anyOf: [
    { type: "integer", minimum: 0, maximum: MAX_TTL },
    { type: "string", pattern: "^(\\d+[smhdwSMHDW]?)+$" },
  ],
};

/** Seconds within [min, max], also as zone files write them: "1h30m". */
export function ttl(min = 0, max = MAX_TTL) {
  const read = (input: unknown): number | Refusal => {
    const seconds = ttlOf(input);
    if (seconds < 0) return new Refusal(`${show(input)} is not a TTL`);
    if (seconds < min) return new Refusal(`${show(input)} is less than ${min} seconds`);
    return seconds > max ? new Refusal(`${show(input)} is more than ${max} seconds`) : seconds;
  };
  const values = min === 0 && max === MAX_TTL ? "TTL" : `${min} to ${max}`;
  return value('seconds, or text such as "30s" or "1h30m"', TTL_JSON, read, { values });
}

/** As it was written; with or without its final dot. */
export const domainName = text(
  'a domain name such as "shop.test"',
  (input) => {
    const name = parseName(input);
    return typeof name === "string" ? new Refusal(`the name ${show(input)} ${name}`) : input;
  },
  { values: "name" },
);

export const fileName = text(
  'a file such as "./shop.test.zone"',
  (input) => (input === "" ? new Refusal("is empty") : input),
  { values: "file" },
);

/** Where to listen: an address, since an answer must come from the very address that was asked. */
export const dnsListenAddress = value(
  'an address with a port, such as "127.0.0.1:53" or "[::1]:53"',
  STRING,
  (input): { host: string; port: number } | Refusal => {
    const address = typeof input === "string" ? parseHostPort(input) : "is not an address";
    if (typeof address === "string") return new Refusal(`${show(input)} ${address}`);
    const { host, port } = address;
    if (host === "") return { host: "0.0.0.0", port };
    if (isIP(host) !== 0) return { host, port };
    const nearest = host === "localhost" ? `127.0.0.1:${port}` : undefined;
    return new Refusal(`${show(input)} has a name where an address is needed`, undefined, nearest);
  },
  { values: "address" },
);

const DNS_PORT = 53;

/** Another name server. Without port it is asked at port 53. */
export const peerAddress = value(
  'an address such as "10.0.0.2", "10.0.0.2:5353" or "[fd00::2]:53"',
  STRING,
  (input): { address: string; port: number } | Refusal => {
    if (typeof input !== "string") return new Refusal(`${show(input)} is not an address`);
    if (isIP(input) !== 0) return { address: input, port: DNS_PORT };
    const bare = /^\[(.*)\]$/.exec(input)?.[1] ?? "";
    if (isIPv6(bare)) return { address: bare, port: DNS_PORT };
    const address = parseHostPort(input);
    if (typeof address === "string") return new Refusal(`${show(input)} ${address}`);
    if (isIP(address.host) === 0) return new Refusal(`${show(input)} has a name where an address is needed`);
    return address.port === 0
      ? new Refusal(`${show(input)} has no usable port`)
      : { address: address.host, port: address.port };
  },
  { values: "address" },
);

/** A secret, or the file that holds it; it is read when the whole config is completed. */
export type Secret = { readonly text: string } | { readonly file: string };

const SECRET_JSON = {
  anyOf: [STRING, { type: "object", properties: { file: STRING }, required: ["file"], additionalProperties: false }],
};

/** `fits`: what is wrong with the secret, without repeating it; "": nothing. */
export function secret(expected: string, fits: (secret: string) => string) {
  const read = (input: unknown): Secret | Refusal => {
    if (typeof input === "string") {
      const problem = fits(input);
      return problem === "" ? { text: input } : new Refusal(problem);
    }
    const isObject = typeof input === "object" && input !== null;
    const keys = isObject ? Object.keys(input) : [];
    const file = isObject && "file" in input ? input.file : undefined;
    if (keys.length === 1 && typeof file === "string" && file !== "") return { file };
    return new Refusal("is neither a secret nor a file");
  };
  return value(`${expected}, or { file: "…" } that holds it`, SECRET_JSON, read, { secret: true });
}

/** @returns what is wrong as an object. */
export function readSecret(input: Secret, fits: (secret: string) => string): string | { readonly problem: string } {
  if ("text" in input) return input.text;
  try {
    const read = readFileSync(input.file, "utf8").trim();
    const problem = fits(read);
    return problem === "" ? read : { problem: `in ${input.file}: ${problem}` };
  } catch (error) {
    return { problem: `${input.file} cannot be read: ${errorMessage(error)}` };
  }
}
