/** Endpoints about the edge as a whole: how it is, metrics, reload, stop. */
import { type AdminEndpoints, answer, failure, textAnswer } from "./admin-answer.ts";
import type { EdgeControl } from "./edge-control.ts";
import { edgeMetrics } from "./edge-metrics.ts";
import { exchangeMetrics } from "./exchange-metrics.ts";
import { nameMetrics } from "./name-metrics.ts";
import { metricsText, OPEN_METRICS_TYPE, PROMETHEUS_TYPE } from "./metrics-text.ts";
import { statusReport } from "./status-report.ts";

/** Milliseconds. */
const STOP_DELAY = 50;

/** A config that works as it stands. */
const WITH_NAMES =
  'Add such as this to it: dns: { listeners: ["127.0.0.1:5353"], zones: { shop.test: { records: { "@": { NS: ns1 }, ns1: { A: 192.0.2.1 } } } } }';

export function edgeEndpoints(control: EdgeControl): AdminEndpoints {
  return {
    "/status": { GET: () => answer(200, statusReport(control.plan(), control.status(), Date.now())) },
    "/metrics": { GET: ({ request }) => metrics(control, request.headers.get("accept") ?? "") },
    "/dns/zones": { GET: () => zones(control) },
    "/reload": { POST: () => reload(control) },
    "/stop": { POST: () => stop(control) },
  };
}

/** OpenMetrics for who asks for it, else the older format of Prometheus: they differ in the names of counters' families. */
function metrics(control: EdgeControl, accept: string): Response {
  const open = accept.toLowerCase().includes("application/openmetrics-text");
  const families = [
    ...edgeMetrics(control.plan(), control.status(), Date.now()),
    ...exchangeMetrics(control.counts()),
    ...nameMetrics(control.names()),
  ];
  return textAnswer(metricsText(families, open), open ? OPEN_METRICS_TYPE : PROMETHEUS_TYPE);
}

function zones(control: EdgeControl): Response {
  const names = control.names();
  return names === null
    ? failure(404, "this edge serves no names: its config has no dns", {}, WITH_NAMES)
    : answer(200, names.zones);
}

async function reload(control: EdgeControl): Promise<Response> {
  const result = await control.reload();
  return answer(result.ok ? 200 : 422, result);
}

function stop(control: EdgeControl): Response {
  // The answer must be on its way before this server ends with the edge.
  setTimeout(() => {
    void control.stop();
  }, STOP_DELAY);
  return answer(202, { stopping: true });
}
