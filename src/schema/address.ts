/** Addresses and networks. */
import { parseNetwork } from "../bytes/address-set.ts";
import { formatHostPort, parseHostPort } from "../bytes/address.ts";
import type { HostPort } from "../bytes/address.ts";
import type { Facts } from "./facts.ts";
import { Refusal, attempt, show, text, value } from "./value.ts";

const STRING = { type: "string" };
const ADDRESS: Facts = { values: "address", show: formatHostPort };

/** A schema of "host:port" that `read` accepts, perhaps in another form. */
export function address(
  expected: string,
  read: (address: HostPort, shown: string) => HostPort | Refusal,
  facts: Facts = {},
  /** Of a port alone. */
  defaultHost = "127.0.0.1",
) {
  const readAddress = (input: unknown): HostPort | Refusal => {
    if (typeof input === "number") {
      return new Refusal(`${show(input)} is not an address`, undefined, `${defaultHost}:${input}`);
    }
    const parsed = typeof input === "string" ? parseHostPort(input) : "is not an address";
    if (typeof parsed !== "string") return read(parsed, show(input));
    return new Refusal(`${show(input)} ${parsed}`, undefined, withoutScheme(input));
  };
  return value(expected, STRING, readAddress, { ...ADDRESS, ...facts });
}

/** `http://127.0.0.1:3000/` → `127.0.0.1:3000`. */
function withoutScheme(input: unknown): string | undefined {
  const found = typeof input === "string" ? /^[a-z]+:\/\/([^/]+)\/?$/.exec(input)?.[1] : undefined;
  return found === undefined || typeof parseHostPort(found) === "string" ? undefined : found;
}

/** Where to listen. ":8080" is every IPv4 interface; port 0 is a free one. */
export const listenAddress = address(
  'an address such as "127.0.0.1:8080", "[::1]:8080" or ":8080" (every interface)',
  ({ host, port }) => ({ host: host === "" ? "0.0.0.0" : host, port }),
  {},
  "",
);

/** Where an upstream server is. */
export const targetAddress = address(
  'an address such as "127.0.0.1:3000", "[::1]:3000" or "orders.internal:80"',
  reachable,
);

/** The address when it can be connected to. */
export function reachable(parsed: HostPort, shown: string): HostPort | Refusal {
  if (parsed.host === "") return new Refusal(`${shown} has no host`);
  return parsed.port === 0 ? new Refusal(`${shown} has no usable port`) : parsed;
}

/** An address or a network. */
export const network = text(
  'an address or network such as "10.0.0.0/8", "192.0.2.1" or "fd00::/8"',
  (input) => attempt(() => (parseNetwork(input), input)),
  { values: "network" },
);
