/** What transfers are told in a config, and what is made of it. */
import { ClientAddress } from "../authority/client-address.ts";
import { formatIpv6 } from "../wire/ipv6-text.ts";
import { formatName, lowerName, parseName } from "../wire/name.ts";
import { type AccessRule, AccessRules } from "./access-rules.ts";
import type { Primary } from "./message-stream.ts";
import type { TsigKey, TsigKeyring } from "./tsig-key.ts";
import type { TimerLimits, TransferLimits } from "./transfer-limits.ts";

/** Another name server. */
export interface PeerOptions {
  /** IP address. */
  readonly address: string;
  /** Default 53. */
  readonly port?: number;
  /** Name of the TSIG key that messages to it are signed with, and those from it must be. */
  readonly key?: string;
}

export interface ZoneTransferOptions {
  /** Domain name of the zone. */
  readonly apex: string;
  /** Who may have the whole zone (AXFR, IXFR); default: nobody. */
  readonly allow?: readonly AccessRule[];
  /** Secondary servers that are told of changes. */
  readonly notify?: readonly PeerOptions[];
  /** Servers that the zone is fetched from, which makes this server a secondary; asked in this order. */
  readonly primaries?: readonly PeerOptions[];
  /** Who else, besides the primaries, may tell of changes. */
  readonly allowNotify?: readonly AccessRule[];
  /** Where the fetched zone is saved; default: it is fetched again after a restart. */
  readonly file?: string;
  readonly timers?: TimerLimits;
  readonly limits?: TransferLimits;
  /** Milliseconds that one primary may take for a transfer. */
  readonly time?: number;
}

export interface TransferPlan {
  readonly apex: Uint8Array;
  /** Presentation form. */
  readonly name: string;
  readonly options: ZoneTransferOptions;
  readonly access: AccessRules;
  readonly notify: readonly Primary[];
  readonly primaries: readonly Primary[];
  readonly notifyAccess: AccessRules;
}

const PORT = 53;

/** @throws RangeError that says what is wrong. */
export function planTransfers(options: ZoneTransferOptions, keys: TsigKeyring): TransferPlan {
  const parsed = parseName(options.apex);
  if (typeof parsed === "string") throw new RangeError(`the zone name "${options.apex}" ${parsed}`);
  const apex = lowerName(parsed);
  const { allow = [], notify = [], primaries = [], allowNotify = [] } = options;
  const fromPrimaries = primaries.map(({ address, key }) => ({
    addresses: [address],
    ...(key !== undefined && { key }),
  }));
  return {
    apex,
    name: formatName(apex),
    options,
    access: new AccessRules(allow, keys),
    notify: notify.map((peer) => readPeer(peer, keys)),
    primaries: primaries.map((peer) => readPeer(peer, keys)),
    notifyAccess: new AccessRules([...fromPrimaries, ...allowNotify], keys),
  };
}

function readPeer({ address, port = PORT, key }: PeerOptions, keys: TsigKeyring): Primary {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) throw new RangeError(`${port} is not a port`);
  return { address: canonical(address), port, key: key === undefined ? null : signingKey(key, keys) };
}

/** As the addresses of packets are written. */
function canonical(text: string): string {
  const address = new ClientAddress();
  address.read(text);
  if (address.length === 0) throw new RangeError(`"${text}" is not an IP address`);
  return address.length === 4 ? address.bytes.subarray(0, 4).join(".") : formatIpv6(address.bytes, 0);
}

function signingKey(name: string, keys: TsigKeyring): TsigKey {
  const key = keys.get(name);
  if (key === null) throw new RangeError(`there is no TSIG key "${name}"`);
  if (!key.algorithm.signs) {
    throw new RangeError(`${key.algorithm.text} of the TSIG key "${name}" is too weak to sign with: use hmac-sha256`);
  }
  return key;
}
