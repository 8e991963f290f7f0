import { accessSync, type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ReplyBody } from "../../contract/reply.ts";
import type { FileFacts } from "./file-tree.ts";
import type { ByteRange } from "./range.ts";

/** A body is made of ranges of the file and, for multipart, of bytes between them. */
export type BodyPart = ByteRange | Uint8Array;

/** Bodies up to this many bytes are read at once. */
const SMALL = 65_536;
/** Bytes read at once from a larger one. */
const CHUNK = 262_144;

/** The file is not the one that was looked up: replaced or rewritten in between. Look it up again. */
export class FileChanged extends Error {}

/** @throws FileChanged, or an error of the file system */
export function fileBody(file: FileFacts, parts: readonly BodyPart[]): ReplyBody {
  const length = bodyLength(parts);
  if (length > SMALL) {
    accessSync(file.path, constants.R_OK);
    return { kind: "stream", length, stream: streamOf(file, parts) };
  }
  return { kind: "bytes", bytes: readParts(file, parts, length) };
}

/** At once and synchronously: what is small comes from the kernel's cache, or from one read of the disk. */
function readParts(file: FileFacts, parts: readonly BodyPart[], length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const descriptor = openSync(file.path, "r");
  try {
    checkSame(file, fstatSync(descriptor, { bigint: true }));
    let at = 0;
    for (const part of parts) {
      const size = partLength(part);
      if (part instanceof Uint8Array) bytes.set(part, at);
      else if (readSync(descriptor, bytes, at, size, part.start) < size) throw new FileChanged(file.path);
      at += size;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

/** For HEAD: the length that GET would send, and nothing to read. @throws an error of the file system, as GET would */
export function headBody(file: FileFacts, parts: readonly BodyPart[]): ReplyBody {
  accessSync(file.path, constants.R_OK);
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  return { kind: "stream", length: bodyLength(parts), stream };
}

function bodyLength(parts: readonly BodyPart[]): number {
  return parts.reduce((sum, part) => sum + partLength(part), 0);
}

function partLength(part: BodyPart): number {
  return part instanceof Uint8Array ? part.length : part.end - part.start;
}

/**
 * Reads when the consumer asks, so backpressure reaches the disk, and opens the file at the first read, so a stream
 * that nobody reads holds nothing open. A file that changed or shrank meanwhile makes the stream fail: the length is
 * promised, and two files cannot be mixed.
 */
function streamOf(file: FileFacts, parts: readonly BodyPart[]): ReadableStream<Uint8Array> {
  let handle: FileHandle | null = null;
  let index = 0;
  let passed = 0;
  let reading = false;
  let cancelled = false;
  const close = async (): Promise<void> => {
    const open = handle;
    handle = null;
    await open?.close();
  };
  const next = async (): Promise<Uint8Array | null> => {
    const part = parts[index];
    if (part === undefined) return null;
    if (part instanceof Uint8Array) {
      index++;
      return part;
    }
    handle ??= await openSame(file);
    const start = part.start + passed;
    const bytes = Buffer.allocUnsafeSlow(Math.min(CHUNK, part.end - start));
    await readFully(handle, bytes, start);
    passed += bytes.length;
    if (part.start + passed === part.end) {
      index++;
      passed = 0;
    }
    return bytes;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reading = true;
        try {
          const bytes = await next();
          if (cancelled) return;
          if (bytes !== null) controller.enqueue(bytes);
          if (index < parts.length) return;
          await close();
          controller.close();
        } catch (error) {
          await close();
          throw error;
        } finally {
          reading = false;
          if (cancelled) await close();
        }
      },
      async cancel() {
        cancelled = true;
        if (!reading) await close();
      },
    },
    { highWaterMark: 0 },
  );
}

async function openSame(file: FileFacts): Promise<FileHandle> {
  const handle = await open(file.path, "r");
  try {
    checkSame(file, await handle.stat({ bigint: true }));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function checkSame(file: FileFacts, stats: BigIntStats): void {
  if (Number(stats.size) !== file.size || stats.mtimeNs !== file.mtimeNs) throw new FileChanged(file.path);
}

async function readFully(handle: FileHandle, into: Buffer, position: number): Promise<void> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled, position + filled);
    if (bytesRead === 0) throw new FileChanged("the file became shorter while it was read");
    filled += bytesRead;
  }
}
