/** Addresses and networks. */
import { parseNetwork } from "../bytes/address-set.ts";
import { isLoopback, parseHostPort } from "../bytes/address.ts";
import type { HostPort } from "../bytes/address.ts";
import { Refusal, show, text, value } from "./schema-value.ts";

const STRING = { type: "string" };

/** Where to listen. ":8080" is every IPv4 interface; port 0 is a free one. */
export const listenAddress = value(
  'an address such as "127.0.0.1:8080", "[::1]:8080" or ":8080" (every interface)',
  STRING,
  (input) => {
    const address = typeof input === "string" ? parseHostPort(input) : "is no address";
    if (typeof address === "string") return new Refusal(`${show(input)} ${address}`);
    return { host: address.host === "" ? "0.0.0.0" : address.host, port: address.port };
  },
);

/** Where the admin API listens: what it says and does is for this machine alone. */
export const adminAddress = value(
  'a loopback address such as "127.0.0.1:9000" or "[::1]:0" (0: a free port)',
  STRING,
  (input) => {
    const address = typeof input === "string" ? parseHostPort(input) : "is no address";
    if (typeof address === "string") return new Refusal(`${show(input)} ${address}`);
    return isLoopback(address.host) ? address : new Refusal(`${show(input)} can be reached from other machines`);
  },
);

/** Where an upstream server is. */
export const targetAddress = value(
  'an address such as "127.0.0.1:3000", "[::1]:3000" or "orders.internal:80"',
  STRING,
  (input): HostPort | Refusal => {
    const address = typeof input === "string" ? parseHostPort(input) : "is no address";
    if (typeof address === "string") return new Refusal(`${show(input)} ${address}`);
    if (address.host === "") return new Refusal(`${show(input)} has no host`);
    if (address.port === 0) return new Refusal(`${show(input)} has no port that can be connected to`);
    return address;
  },
);

/** An address or a network. */
export const network = text('an address or network such as "10.0.0.0/8", "192.0.2.1" or "fd00::/8"', (input) => {
  try {
    parseNetwork(input);
    return input;
  } catch (error) {
    return new Refusal(error instanceof RangeError ? error.message : String(error));
  }
});
