// What both npm peers are given by their settings: arguments, least connections, forwarding fields, a buffered log.
import { createWriteStream } from "node:fs";
import { randomUUID } from "node:crypto";

/** argv: JSON of { port, origins, prefixes, log }. */
export const settings = JSON.parse(process.argv[2]);

const inFlight = settings.origins.map(() => 0);

/** Index of the origin with the fewest requests in flight; counts one more until the reply is closed. */
export function leastConnections(response) {
  let best = 0;
  for (let i = 1; i < inFlight.length; i++) if (inFlight[i] < inFlight[best]) best = i;
  inFlight[best]++;
  response.once("close", () => inFlight[best]--);
  return best;
}

export function forwardingFields(request) {
  const address = request.socket.remoteAddress;
  const before = request.headers["x-forwarded-for"];
  return {
    "x-real-ip": address,
    "x-forwarded-for": before === undefined ? address : `${before}, ${address}`,
    "x-forwarded-proto": "http",
    "x-forwarded-host": request.headers.host ?? "",
    "x-request-id": randomUUID(),
    via: "1.1 npm",
  };
}

const stream = createWriteStream(settings.log, { flags: "a" });
let lines = [];
setInterval(() => flush(), 1000).unref();

function flush() {
  if (lines.length > 0) stream.write(lines.join(""));
  lines = [];
}

/** One JSON line when the reply is closed, written 1,000 at a time. */
export function logWhenClosed(request, response) {
  const started = performance.now();
  const { method, url } = request;
  const client = request.socket.remoteAddress;
  response.once("close", () => {
    const time = performance.now() - started;
    const status = response.statusCode;
    lines.push(`${JSON.stringify({ at: Date.now(), client, method, url, status, time })}\n`);
    if (lines.length >= 1000) flush();
  });
}
