import type { ReplyBody } from "../../contract/reply.ts";

/**
 * The body of a Response that announced no length. One that is a single piece, whole already (a string, a buffer, JSON),
 * gets a Content-Length; all others are streamed. Nothing is waited for that is not there within a turn of the event loop.
 */
export async function bodyOfUnknownLength(stream: ReadableStream<Uint8Array>): Promise<ReplyBody> {
  const reader = stream.getReader();
  const turn = new Promise<null>((resolve) => setImmediate(() => resolve(null)));
  const first = reader.read();
  const begin = await Promise.race([settled(first), turn]);
  if (begin === null || begin === "failed") return restOf(reader, [first]);
  if (begin.done) return { kind: "bytes", bytes: new Uint8Array(0) };
  const second = reader.read();
  const end = await Promise.race([settled(second), turn]);
  if (end !== null && end !== "failed" && end.done) return { kind: "bytes", bytes: begin.value };
  return restOf(reader, [first, second]);
}

type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>;

function settled(read: Promise<Read>): Promise<Read | "failed"> {
  // What failed fails once more for whoever reads the rest.
  return read.catch(() => "failed" as const);
}

/** What `read` has asked for already, then the rest. */
function restOf(reader: ReadableStreamDefaultReader<Uint8Array>, read: Array<Promise<Read>>): ReplyBody {
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await (read.shift() ?? reader.read());
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { kind: "stream", length: -1, stream };
}
