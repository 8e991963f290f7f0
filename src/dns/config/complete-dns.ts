/** `dns` as the schema gives it to the options of the parts: names made absolute, secrets read from their files. */
import { resolve } from "node:path";
import type { SteeringOptions, NameOptions } from "../steering/options.ts";
import type { ZoneSource } from "../store/zone-source.ts";
import type { ZoneTransferOptions } from "../transfer/transfer-options.ts";
import type { NormalDns, NormalDnsTls, NormalSigning, NormalZone } from "./normal-dns.ts";
import type { Partly } from "../../schema/partly.ts";
import type { ConfigPath } from "../../schema/problem.ts";
import { COOKIE_SECRET, TSIG_SECRET } from "./schema-dns-server.ts";
import { readSecret, type Secret } from "./schema-dns-value.ts";
import type { CheckedSigning, CheckedZone } from "./schema-dns-zone.ts";
import { steeringOf, type CheckedDns, type DnsSchema } from "./schema-dns.ts";
import { defined } from "../../schema/value.ts";
import { readZoneKey, type ZoneKey } from "./zone-key.ts";

const SECONDS = 1000;

/** Notes a problem of the value at a path of the config. */
type Note = (path: ConfigPath, value: unknown, message: string) => void;

/**
 * Reads the secrets that stand in files, also when something else is wrong. They are kept by name: "keys" with the
 * key's, and "cookies". What cannot be used is reported; `opened` is told of every file.
 */
export function checkDnsFiles(
  dns: Partly<DnsSchema>,
  base: string,
  secrets: Map<string, string>,
  report: Note,
  opened: (file: string) => void,
): void {
  const read = (name: string, written: Secret, fits: (secret: string) => string, path: ConfigPath): void => {
    const secret = "file" in written ? { file: resolve(base, written.file) } : written;
    if ("file" in secret) opened(secret.file);
    const found = readSecret(secret, fits);
    if (typeof found === "string") secrets.set(name, found);
    else report(path, undefined, found.problem);
  };
  for (const [name, key] of Object.entries(dns.keys ?? {})) {
    if (key !== undefined) read(secretName(name), key.secret, TSIG_SECRET, ["dns", "keys", name, "secret"]);
  }
  const cookies = dns.cookies?.secret;
  if (cookies !== undefined) read("cookies", cookies, COOKIE_SECRET, ["dns", "cookies", "secret"]);
}

function secretName(key: string): string {
  return `keys ${key}`;
}

/** `base`: the folder that relative file names are below; `secrets`: as `checkDnsFiles` has read them. */
export function completeDns(checked: CheckedDns, base: string, secrets: ReadonlyMap<string, string>): NormalDns {
  const entries = Object.entries(checked.zones).map(([key, zone]) => ({ key, zone, read: zoneKey(key) }));
  const { cookies, rateLimit, nsid, chaos, streams } = checked;
  const { exempt = [], ...rates } = rateLimit ?? {};
  const serials = checked.serials === undefined ? null : resolve(base, checked.serials);
  return {
    listen: checked.listeners,
    tls: checked.listeners.some(({ transport }) => transport === "tls") ? tlsOf(checked, entries, base) : null,
    zones: entries.map(({ key, zone, read }) => normalZone(key, zone, read, base, serials)),
    keys: Object.entries(checked.keys).map(([name, { algorithm }]) => ({
      name,
      algorithm,
      secret: secrets.get(secretName(name)) ?? "",
    })),
    steering: steeringOptions(checked, entries, base),
    server: {
      cookies:
        cookies === null
          ? false
          : defined({
              requiredAbove: cookies.requiredAbove,
              secret: cookies.secret === undefined ? undefined : Buffer.from(secrets.get("cookies") ?? "", "hex"),
            }),
      rateLimit: rateLimit === null ? false : rates,
      ...(nsid !== undefined && { nsid }),
      ...(chaos !== null && { chaos }),
      streams,
    },
    exempt,
    files: checked.files,
    serials,
  };
}

interface Entry {
  readonly key: string;
  readonly zone: CheckedZone;
  readonly read: ZoneKey;
}

/** The schema has refused the keys that are none. */
function zoneKey(key: string): ZoneKey {
  const read = readZoneKey(key);
  if (typeof read === "string") throw new Error(`unreachable: ${key} ${read}`);
  return read;
}

function tlsOf({ tls }: CheckedDns, entries: readonly Entry[], base: string): NormalDnsTls {
  if (tls !== null) {
    return { kind: "files", certificate: resolve(base, tls.certificate), key: resolve(base, tls.key) };
  }
  const names = entries.filter(({ read }) => read.prefix === null).map(({ read }) => read.name.replace(/\.$/, ""));
  return { kind: "self-signed", names };
}

function normalZone(key: string, zone: CheckedZone, read: ZoneKey, base: string, serials: string | null): NormalZone {
  const { names } = steeringOf(read, zone.steering ?? {});
  const source = sourceOf(zone, read, base);
  // Beside the zone, where whoever keeps the one finds the other.
  const beside = source.kind === "file" ? `${source.file}.serial` : null;
  return {
    key,
    apex: read.name,
    source,
    transfer: transferOf(zone, read, base),
    signing: zone.dnssec === null ? null : signingOf(zone.dnssec, zone.steering !== undefined, base, serials ?? beside),
    steered: Object.keys(names),
  };
}

function sourceOf({ content }: CheckedZone, { name, prefix }: ZoneKey, base: string): ZoneSource {
  switch (content.kind) {
    case "file":
      return { kind: "file", apex: name, file: resolve(base, content.file) };
    case "records":
      return { kind: "records", apex: name, zone: content.zone };
    case "reverse":
      return { kind: "reverse", prefix: prefix!, from: content.from, zone: content.zone };
    case "secondary":
      return { kind: "transfer", apex: name };
  }
}

function transferOf({ content, transfer }: CheckedZone, { name }: ZoneKey, base: string): ZoneTransferOptions | null {
  if (content.kind !== "secondary") return transfer === undefined ? null : { apex: name, ...transfer };
  const { primaries, allowNotify, save, shortest, longest, maxRecords, maxBytes, maxTime } = content.secondary;
  return {
    apex: name,
    ...transfer,
    primaries,
    ...(allowNotify !== undefined && { allowNotify }),
    ...(save !== undefined && { file: resolve(base, save) }),
    timers: { shortest, longest },
    limits: { records: maxRecords, bytes: maxBytes },
    time: maxTime,
  };
}

function signingOf(signing: CheckedSigning, steered: boolean, base: string, serials: string | null): NormalSigning {
  const online = signing.when === undefined ? steered : signing.when === "online";
  return {
    files: signing.keys.map((file) => resolve(base, file)),
    online,
    serials: online ? null : serials,
    policy: {
      validity: Math.round(signing.validity / SECONDS),
      refresh: Math.round(signing.refresh / SECONDS),
      dnskeyTtl: signing.dnskeyTtl,
      publishCds: signing.cds,
    },
  };
}

function steeringOptions({ geo }: CheckedDns, entries: readonly Entry[], base: string): SteeringOptions | null {
  const names: Record<string, NameOptions> = {};
  for (const { zone, read } of entries) Object.assign(names, steeringOf(read, zone.steering ?? {}).names);
  if (Object.keys(names).length === 0) return null;
  const databases = defined({
    place: geo?.place === undefined ? undefined : resolve(base, geo.place),
    asn: geo?.asn === undefined ? undefined : resolve(base, geo.asn),
  });
  return { databases, names };
}
