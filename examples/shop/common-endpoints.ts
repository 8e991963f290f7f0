/** What both services have for trying out the edge: slow, failing and large answers, and uploads. */
import { pattern, patternStream } from "./pattern.ts";
import type { Answer, Call, Endpoint } from "./endpoint.ts";
import { json } from "./json.ts";
import { integerParameter } from "./parameters.ts";
import { Problem } from "./problem.ts";

const MAX_SLOW = 60_000;
/** 16 GiB. */
const MAX_BIG = 2 ** 34;
/** Largest body that is made at once: 8 MiB. */
const MAX_WHOLE = 2 ** 23;

export const commonEndpoints: readonly Endpoint[] = [
  { method: "GET", path: "/slow", handle: slow },
  { method: "GET", path: "/fail", handle: fail },
  { method: "GET", path: "/big", handle: big },
  { method: "POST", path: "/upload", handle: upload },
];

/** `?ms=` milliseconds; with `&hold=connection` a database connection is busy all the while, so that others wait. */
async function slow({ url, database, timing }: Call): Promise<Answer> {
  const ms = integerParameter(url, "ms", { min: 0, max: MAX_SLOW, fallback: 500 });
  const hold = url.searchParams.get("hold");
  if (hold !== null && hold !== "connection") throw new Problem(400, `?hold= can only be "connection".`);
  if (hold === null) await Bun.sleep(ms);
  else await database.hold(timing, ms);
  return json({ slept_ms: ms, held: hold });
}

function fail({ url }: Call): Answer {
  const status = integerParameter(url, "status", { min: 400, max: 599, fallback: 500 });
  throw new Problem(status, `This answer failed with ${status} because the request asked for it.`);
}

/**
 * `?bytes=` of the pattern. Up to 8 MiB it has a Content-Length; beyond, and always with `&length=unknown`, it is
 * chunked: Bun.serve takes a Content-Length away from a body that is a stream (oven-sh/bun#10507).
 */
function big({ url }: Call): Answer {
  const bytes = integerParameter(url, "bytes", { min: 0, max: MAX_BIG, fallback: 1_048_576 });
  const whole = bytes <= MAX_WHOLE && url.searchParams.get("length") !== "unknown";
  return new Response(whole ? pattern(bytes) : patternStream(bytes), {
    headers: { "Content-Type": "application/octet-stream" },
  });
}

/** Takes any body as it comes, holds none of it, answers its length and digest. */
async function upload({ request }: Call): Promise<Answer> {
  const digest = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    digest.update(chunk);
  }
  return json({ bytes, sha256: digest.digest("hex") });
}
