/** Addresses and networks. */
import { parseNetwork } from "../bytes/address-set.ts";
import { formatHostPort, parseHostPort } from "../bytes/address.ts";
import type { HostPort } from "../bytes/address.ts";
import type { Facts } from "./facts.ts";
import { Refusal, attempt, show, text, value } from "./value.ts";

const STRING = { type: "string" };
const ADDRESS: Facts = { values: "address", show: formatHostPort };

/** A schema of "host:port" that `read` accepts, perhaps in another form; it gets it as it was written, too. */
export function address<T extends HostPort>(
  expected: string,
  read: (address: HostPort, written: string) => T | Refusal,
  facts: Facts = {},
  /** Of a port alone. */
  defaultHost = "127.0.0.1",
) {
  const readAddress = (input: unknown): T | Refusal => {
    if (typeof input !== "string") {
      const nearest = typeof input === "number" ? `${defaultHost}:${input}` : undefined;
      return new Refusal(`${show(input)} is not an address`, undefined, nearest);
    }
    const parsed = parseHostPort(input);
    if (typeof parsed !== "string") return read(parsed, input);
    return new Refusal(`${show(input)} ${parsed}`, undefined, withoutScheme(input));
  };
  return value(expected, STRING, readAddress, { ...ADDRESS, ...facts });
}

/** `http://127.0.0.1:3000/` → `127.0.0.1:3000`. */
function withoutScheme(input: string): string | undefined {
  const found = /^[a-z]+:\/\/([^/]+)\/?$/.exec(input)?.[1];
  return found === undefined || typeof parseHostPort(found) === "string" ? undefined : found;
}

/** Where to listen. ":8080" is every IPv4 interface; port 0 is a free one. */
export const listenAddress = listenAddressAs((place) => place);

/** The same, with more of how it was written. */
export function listenAddressAs<T extends HostPort>(make: (address: HostPort, written: string) => T) {
  return address(
    'an address such as "127.0.0.1:8080", "[::1]:8080" or ":8080" (every interface)',
    ({ host, port }, written) => make({ host: host === "" ? "0.0.0.0" : host, port }, written),
    {},
    "",
  );
}

/** Where an upstream server is. */
export const targetAddress = address(
  'an address such as "127.0.0.1:3000", "[::1]:3000" or "orders.internal:80"',
  reachable,
);

/** The address when it can be connected to. */
export function reachable(parsed: HostPort, written: string): HostPort | Refusal {
  if (parsed.host === "") return new Refusal(`${show(written)} has no host`);
  return parsed.port === 0 ? new Refusal(`${show(written)} has no usable port`) : parsed;
}

/** An address or a network. */
export const network = text(
  'an address or network such as "10.0.0.0/8", "192.0.2.1" or "fd00::/8"',
  (input) => attempt(() => (parseNetwork(input), input)),
  { values: "network" },
);
