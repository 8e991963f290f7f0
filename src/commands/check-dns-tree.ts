/** The name server of a config as lines of `roundtrip check`. */
import { formatHostPort } from "../bytes/address.ts";
import type { CheckedDnsZone, DnsCheck } from "../dns/config/check-dns.ts";
import type { NormalDns, NormalZone } from "../dns/config/normal-dns.ts";
import { displayName } from "../schema/source.ts";
import { formatDuration } from "../schema/units.ts";
import type { Finding } from "../dns/check/finding.ts";
import { stateOf } from "../dns/dnssec/key-times.ts";
import { count, formatAge } from "../explain/words.ts";
import { wrapRow } from "./text-row.ts";

/** `checked` null: what the zones hold is not known. */
export function dnsTree(dns: NormalDns, checked: DnsCheck | null): string[] {
  return [
    ...wrapRow(2, "listeners", dns.listen.length === 0 ? "none: over HTTPS alone" : listenerWords(dns.listen)),
    ...(dns.tls === null ? [] : wrapRow(2, "certificate", certificateWords(dns.tls))),
    ...wrapRow(2, "answers", answerWords(dns)),
    ...wrapRow(2, "streams", streamWords(dns)),
    ...dns.zones.flatMap((zone) => zoneLines(zone, checked?.zones.find((one) => one.zone === zone) ?? null)),
  ];
}

/** "127.0.0.1:53 (udp, tcp), 127.0.0.1:853 (tls)". */
export function listenerWords(
  listening: ReadonlyArray<{ readonly transport: string; readonly host: string; readonly port: number }>,
): string {
  const byAddress = new Map<string, string[]>();
  for (const entry of listening) {
    const address = formatHostPort(entry);
    byAddress.set(address, [...(byAddress.get(address) ?? []), entry.transport]);
  }
  return [...byAddress].map(([address, transports]) => `${address} (${transports.join(", ")})`).join(", ");
}

function certificateWords(tls: NonNullable<NormalDns["tls"]>): string {
  return tls.kind === "files" ? displayName(tls.certificate) : "self-signed, made at the start";
}

function answerWords({ server, exempt }: NormalDns): string {
  const { rateLimit, cookies, nsid, chaos } = server;
  const limited =
    rateLimit === false || rateLimit === undefined
      ? "as many as are asked for"
      : `${rateLimit.rate} of a kind per second to one network${exempt.length === 0 ? "" : `, but for ${exempt.join(", ")}`}`;
  return [
    limited,
    cookies === false ? "no cookies" : "cookies",
    nsid === undefined ? "" : `NSID ${nsid}`,
    chaos?.version === undefined && chaos?.id === undefined ? "" : "CHAOS names",
  ]
    .filter((words) => words !== "")
    .join("; ");
}

function streamWords({ server }: NormalDns): string {
  const { connections = 0, connectionsPerClient = 0, idleTimeout = 0 } = server.streams ?? {};
  return `${count(connections, "connection")}, ${connectionsPerClient} of one client, idle for ${formatDuration(idleTimeout)}`;
}

function zoneLines(zone: NormalZone, checked: CheckedDnsZone | null): string[] {
  const { transfer, signing, steered } = zone;
  const allowed = (transfer?.allow ?? []).map(({ addresses, key }) =>
    [...(addresses ?? []), ...(key === undefined ? [] : [`key ${key}`])].join(" with "),
  );
  const told = (transfer?.notify ?? []).map(({ address }) => address);
  return [
    `  ${zone.apex}${checked?.records === null || checked === null ? "" : `  ${count(checked.records, "record")}`}`,
    ...wrapRow(4, "source", zoneSourceWords(zone)),
    ...(checked === null || checked.serial < 0 ? [] : wrapRow(4, "serial", String(checked.serial))),
    ...(signing === null ? [] : wrapRow(4, "signed", signingWords(zone, checked))),
    ...(allowed.length === 0 ? [] : wrapRow(4, "fetched by", allowed.join(", "))),
    ...(told.length === 0 ? [] : wrapRow(4, "tells", told.join(", "))),
    ...(steered.length === 0 ? [] : wrapRow(4, "steered", steered.join(", "))),
    ...(checked?.findings ?? []).flatMap(findingLines),
  ];
}

function zoneSourceWords({ source, transfer }: NormalZone): string {
  switch (source.kind) {
    case "file":
      return `file ${displayName(source.file)}`;
    case "records":
      return "the config";
    case "reverse":
      return `addresses in ${source.from.length === 0 ? "all zones" : source.from.join(", ")} that lie in ${source.prefix}`;
    case "transfer":
      return `fetched from ${(transfer?.primaries ?? []).map(({ address }) => address).join(", ")}`;
  }
}

function signingWords({ signing }: NormalZone, checked: CheckedDnsZone | null): string {
  const now = Date.now() / 1000;
  const keys = (checked?.keys ?? []).map(
    (key) =>
      `${key.key.role.toUpperCase()} ${key.key.tag}${stateOf(key, now) === "active" ? "" : ` (${stateOf(key, now)})`}`,
  );
  const validity = formatAge((signing?.policy.validity ?? 0) * 1000);
  return `${signing?.online === true ? "as it is asked" : "when it is loaded"}, for ${validity}${keys.length === 0 ? "" : `, with ${keys.join(", ")}`}`;
}

function findingLines({ severity, owner, type, message, remedy }: Finding): string[] {
  const name = type === "" ? owner : `${owner} ${type}`;
  return wrapRow(4, severity, `${name}: ${message}. ${remedy}${remedy.endsWith(".") ? "" : "."}`);
}
