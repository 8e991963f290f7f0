/**
 * Metrics as text: the exposition format 0.0.4 of Prometheus, and OpenMetrics 1.0, which adds an end mark and names a
 * counter's family without `_total`. Label names and families are the program's own; label values may be anything.
 */

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Made by `labelText`; "" = none. Text, since a target's labels are the same in twenty families. */
export type Labels = string;

/** What a histogram consists of: every sample of one has it. */
export type HistogramSuffix = "_bucket" | "_sum" | "_count";

/** All samples of one name. */
export interface MetricFamily {
  /** With its unit; without `_total`, which a counter gets. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  /** One sentence without its full stop. */
  readonly help: string;
  readonly samples: ReadonlyArray<readonly [labels: Labels, value: number, suffix?: HistogramSuffix]>;
}

/** Families without samples are left out. */
export function metricsText(families: readonly MetricFamily[], openMetrics: boolean): string {
  const lines: string[] = [];
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    const sample = type === "counter" ? `${name}_total` : name;
    const family = openMetrics ? name : sample;
    lines.push(`# HELP ${family} ${escaped(help, openMetrics)}`, `# TYPE ${family} ${type}`);
    for (const [labels, value, suffix = ""] of samples) {
      lines.push(`${sample}${suffix}${labels === "" ? "" : `{${labels}}`} ${numberText(value)}`);
    }
  }
  if (openMetrics) lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

/** Further ones can be appended after a comma. */
export function labelText(labels: Readonly<Record<string, string>>): Labels {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value, true)}"`)
    .join(",");
}

function escaped(text: string, quotes: boolean): string {
  const lines = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return quotes ? lines.replaceAll('"', '\\"') : lines;
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
