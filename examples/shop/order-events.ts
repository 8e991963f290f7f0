import { setTimeout as pause } from "node:timers/promises";
import type { Call } from "./endpoint.ts";
import { ServerTiming } from "./server-timing.ts";

/** Milliseconds between two events. */
const INTERVAL = 1000;

const COUNT_ORDERS = "SELECT CAST(count(*) AS integer) AS orders, max(id) AS newest FROM orders";

/**
 * Server-sent events (WHATWG HTML §9.2): the number of orders, at once and then every second, until the client
 * leaves or the service stops. `Last-Event-ID` goes on counting where the client was.
 */
export async function orderEvents({ request, database, timing, stopping }: Call): Promise<Response> {
  const gone = new AbortController();
  const signal = AbortSignal.any([stopping, gone.signal]);
  let id = lastEventId(request);

  async function readEvent(timing: ServerTiming): Promise<Uint8Array> {
    const [row] = await database.query(timing, COUNT_ORDERS);
    id += 1;
    const data = JSON.stringify({ ...row, time: new Date().toISOString() });
    return Buffer.from(`id: ${id}\nevent: orders\ndata: ${data}\n\n`);
  }

  // Asked for before the head goes out: a broken database is a 500, not an empty stream.
  const first = await readEvent(timing);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(first);
    },
    async pull(controller) {
      await pause(INTERVAL, undefined, { signal }).catch(() => undefined);
      const event = signal.aborted ? null : await readEvent(new ServerTiming());
      if (gone.signal.aborted) return;
      if (event === null) controller.close();
      else controller.enqueue(event);
    },
    cancel() {
      gone.abort();
    },
  });
  return new Response(stream, { headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" } });
}

function lastEventId(request: Request): number {
  const id = Number(request.headers.get("Last-Event-ID") ?? 0);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}
