/** Endpoints about the edge as a whole: how it is, metrics, reload, stop. */
import { type AdminEndpoints, answer, readJson, textAnswer } from "./admin-answer.ts";
import { checkBody, stopBody } from "./admin-body.ts";
import type { EdgeControl } from "./edge-control.ts";
import { edgeMetrics } from "./edge-metrics.ts";
import { exchangeMetrics } from "./exchange-metrics.ts";
import { nameMetrics } from "./name-metrics.ts";
import { metricsText, OPEN_METRICS_TYPE, PROMETHEUS_TYPE } from "./metrics-text.ts";
import { statusReport } from "./status-report.ts";

/** Milliseconds. */
const STOP_DELAY = 50;

export function edgeEndpoints(control: EdgeControl): AdminEndpoints {
  return {
    "/status": { GET: () => answer(200, statusReport(control.plan(), control.status(), Date.now())) },
    "/metrics": { GET: ({ request }) => metrics(control, request.headers.get("accept") ?? "") },
    "/reload": { POST: () => reload(control) },
    "/stop": { POST: ({ request }) => stop(control, request) },
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

async function reload(control: EdgeControl): Promise<Response> {
  const result = await control.reload();
  return answer(result.ok ? 200 : 422, result);
}

/** Its body may give another deadline than the config's. */
async function stop(control: EdgeControl, request: Request): Promise<Response> {
  const { timeout } = checkBody(stopBody, request.body === null ? {} : await readJson(request));
  const within = timeout ?? control.plan().timeouts.drain;
  // The answer must be on its way before this server ends with the edge.
  setTimeout(() => {
    void control.stop({ by: "stopped by the admin API", within });
  }, STOP_DELAY);
  return answer(202, { stopping: true, withinMs: within });
}
