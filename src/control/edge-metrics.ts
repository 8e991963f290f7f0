/** What `GET /metrics` tells of a running edge. Names follow the practice of Prometheus: base units, unit in the name. */
import type { EpochMilliseconds } from "../contract/time.ts";
import type { Plan } from "../contract/plan.ts";
import type { EdgeStatus } from "./edge-control.ts";
import { type Labels, labelText, type MetricFamily } from "./metrics-text.ts";
import { poolMetrics } from "./pool-metrics.ts";

export function edgeMetrics(plan: Plan, status: EdgeStatus, time: EpochMilliseconds): MetricFamily[] {
  const cpu = process.cpuUsage();
  return [
    one("roundtrip_info", "The program; always 1", 1, labelText({ version: status.version })),
    one("roundtrip_start_time_seconds", "When the edge started, seconds since the epoch", status.started / 1000),
    one("roundtrip_uptime_seconds", "How long the edge has run", Math.max(0, time - status.started) / 1000),
    one("roundtrip_plan_version", "Counts up with every reload", plan.version),
    one("roundtrip_routes", "Routes of the plan", plan.routes.length),
    one("roundtrip_listeners", "Addresses that the edge listens on", status.listeners.length),
    one("roundtrip_connections", "Client connections open now", status.connections),
    one("roundtrip_connections_max", "Client connections that may be open at once", plan.limits.connections),
    counter(
      "roundtrip_connections_refused",
      "Client connections closed at once because of limits.connections",
      status.connectionsRefused,
    ),
    one("roundtrip_exchanges", "Requests in progress now", status.exchanges),
    one("roundtrip_draining", "1 while the edge drains before it stops", status.draining ? 1 : 0),
    counter("roundtrip_log_lines_lost", "Access log lines that the output did not take", status.logLinesLost),
    one("process_resident_memory_bytes", "Memory that the process holds", process.memoryUsage.rss()),
    counter("process_cpu_seconds", "Processor time of the process, user and system", (cpu.user + cpu.system) / 1e6),
    ...poolMetrics([...plan.pools.values()], status.now),
  ];
}

function one(name: string, help: string, value: number, labels: Labels = ""): MetricFamily {
  return { name, type: "gauge", help, samples: [[labels, value]] };
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { ...one(name, help, value), type: "counter" };
}
