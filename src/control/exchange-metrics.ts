/** What `GET /metrics` tells of requests that are over. */
import { NO_RETRY } from "../contract/no-retry.ts";
import { FAULT_CODES } from "../fault/faults.ts";
import { BUCKETS, type ExchangeCounts, type Histogram, STATUS_CLASSES } from "../trace/exchange-counts.ts";
import { type HistogramSuffix, type Labels, labelText, type MetricFamily } from "./metrics-text.ts";

export function exchangeMetrics(counts: ExchangeCounts): MetricFamily[] {
  const routes = [...counts.routes].map(([route, of]) => [labelText({ route }), of] as const);
  const pools = [...counts.pools].map(([pool, of]) => [labelText({ pool }), of] as const);
  return [
    {
      name: "roundtrip_requests",
      type: "counter",
      help: "Requests that are over, by route (empty: none was found) and class of status (none: no status was sent)",
      samples: routes.flatMap(([labels, { statuses }]) =>
        STATUS_CLASSES.flatMap((name, index) =>
          statuses[index] === 0 ? [] : [[`${labels},${labelText({ class: name })}`, statuses[index]!] as const],
        ),
      ),
    },
    {
      name: "roundtrip_faults",
      type: "counter",
      help: "Requests that ended with a fault, by its code",
      samples: FAULT_CODES.filter((code) => counts.faults(code) > 0).map(
        (code) => [labelText({ code }), counts.faults(code)] as const,
      ),
    },
    {
      name: "roundtrip_pool_retries",
      type: "counter",
      help: "Tries of requests beyond their first",
      samples: pools.map(([labels, { retries }]) => [labels, retries] as const),
    },
    {
      name: "roundtrip_pool_retries_refused",
      type: "counter",
      help: "Failed tries that were not followed by another, by the reason",
      samples: pools.flatMap(([labels, { noRetries }]) =>
        NO_RETRY.flatMap((reason, index) =>
          noRetries[index] === 0 ? [] : [[`${labels},${labelText({ reason })}`, noRetries[index]!] as const],
        ),
      ),
    },
    {
      name: "roundtrip_pool_hedged",
      type: "counter",
      help: "Requests that were sent to a second target since the first was slow",
      samples: pools.map(([labels, { hedged }]) => [labels, hedged] as const),
    },
    {
      name: "roundtrip_request_duration_seconds",
      type: "histogram",
      help: "From the first byte of the head to the end of the exchange",
      samples: routes.flatMap(([labels, { durations }]) => histogramSamples(labels, durations)),
    },
    {
      name: "roundtrip_upstream_first_byte_seconds",
      type: "histogram",
      help: "From the whole request to the first byte of the response, of the target that answered",
      samples: pools.flatMap(([labels, { firstBytes }]) => histogramSamples(labels, firstBytes)),
    },
  ];
}

function histogramSamples(labels: Labels, { counts, sum }: Histogram): Array<[Labels, number, HistogramSuffix]> {
  let total = 0;
  const samples = Array.from(counts, (count, bucket): [Labels, number, HistogramSuffix] => {
    total += count;
    const bound = bucket < BUCKETS.length ? String(BUCKETS[bucket]) : "+Inf";
    return [`${labels},le="${bound}"`, total, "_bucket"];
  });
  return [...samples, [labels, sum / 1e9, "_sum"], [labels, total, "_count"]];
}
