/** What `GET /metrics` tells of the name server. */
import { responseCodeName, typeName } from "../dns/wire/record-type.ts";
import { isBad } from "../dns/transfer/zone-status.ts";
import type { NamesStatus } from "./edge-control.ts";
import { labelText, type MetricFamily } from "./metrics-text.ts";

/** None when the edge serves no names. */
export function nameMetrics(names: NamesStatus | null): MetricFamily[] {
  if (names === null) return [];
  const { statistics, zones } = names;
  return [
    counter(
      "roundtrip_dns_queries",
      "Queries that were read",
      Object.entries(statistics.queries).map(([transport, count]) => [labelText({ transport }), count]),
    ),
    counter(
      "roundtrip_dns_answers",
      "Answers by response code",
      [...statistics.responseCodes].map(([code, count]) => [labelText({ code: responseCodeName(code) }), count]),
    ),
    counter(
      "roundtrip_dns_query_types",
      "Queries by the type that was asked for",
      [...statistics.types].map(([type, count]) => [labelText({ type: type < 0 ? "other" : typeName(type) }), count]),
    ),
    counter(
      "roundtrip_dns_events",
      "What happened to queries beside an ordinary answer",
      Object.entries(statistics.events).map(([event, count]) => [labelText({ event }), count]),
    ),
    counter("roundtrip_dns_connections_refused", "Connections beyond a limit", [["", statistics.connectionsRefused]]),
    gauge("roundtrip_dns_connections", "Live connections over TCP and TLS", [["", statistics.connections]]),
    gauge(
      "roundtrip_dns_zone_serial",
      "Serial of the zone that is served; -1: none is",
      zones.map(({ apex, serial }) => [labelText({ zone: apex }), serial]),
    ),
    gauge(
      "roundtrip_dns_zone_records",
      "Records of the zone that is served",
      zones.map(({ apex, records }) => [labelText({ zone: apex }), records]),
    ),
    gauge(
      "roundtrip_dns_zone_bad",
      "1 while the zone is not served as it stands in its source: that is bad, or no primary answers",
      zones.map((zone) => [labelText({ zone: zone.apex }), isBad(zone) ? 1 : 0]),
    ),
  ];
}

function counter(name: string, help: string, samples: MetricFamily["samples"]): MetricFamily {
  return { name, type: "counter", help, samples };
}

function gauge(name: string, help: string, samples: MetricFamily["samples"]): MetricFamily {
  return { name, type: "gauge", help, samples };
}
