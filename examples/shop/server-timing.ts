/**
 * What a request cost inside the service, told to whoever is in front of it
 * (W3C Server Timing §3: `Server-Timing = #server-timing-metric`).
 */

/** Longest description of a statement, characters; the rest is cut off and marked. */
const MAX_DESCRIPTION = 160;

export class ServerTiming {
  readonly #begun = performance.now();
  readonly #queries: Array<{ readonly statement: string; readonly duration: number }> = [];
  #poolWait = 0;
  #poolUsed = false;

  /** Milliseconds waited for a database connection. */
  addPoolWait(duration: number): void {
    this.#poolUsed = true;
    this.#poolWait += duration;
  }

  /** Milliseconds that the database took for one statement. */
  addQuery(statement: string, duration: number): void {
    this.#queries.push({ statement, duration });
  }

  /** Milliseconds since the request reached the handler. */
  elapsed(): number {
    return performance.now() - this.#begun;
  }

  /**
   * The field's value. `pool` and `query` are there when the database was asked, `query` once for each statement;
   * `handler` is the whole time in the service and contains them.
   */
  toString(): string {
    const metrics: string[] = [];
    if (this.#poolUsed) metrics.push(metric("pool", this.#poolWait, "wait for a database connection"));
    for (const query of this.#queries) metrics.push(metric("query", query.duration, query.statement));
    metrics.push(metric("handler", this.elapsed()));
    return metrics.join(", ");
  }
}

function metric(name: string, duration: number, description?: string): string {
  const dur = `${name};dur=${duration.toFixed(3)}`;
  return description === undefined ? dur : `${dur};desc=${quoted(description)}`;
}

/** RFC 9110 §5.6.4: quoted-string. Anything but visible ASCII becomes a space. */
function quoted(text: string): string {
  const line = text.replace(/[^\x21-\x7e]+/g, " ").trim();
  const cut = line.length > MAX_DESCRIPTION ? `${line.slice(0, MAX_DESCRIPTION - 4).trimEnd()} ...` : line;
  return `"${cut.replace(/["\\]/g, "\\$&")}"`;
}
