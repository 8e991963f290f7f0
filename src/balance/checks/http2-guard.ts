import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { CheckFailure } from "./probe-run.ts";

/**
 * Looks at the frames that a target sends before `node:http2` does. A check has one stream, its number is 1, so that
 * nothing else has a place there; and a stream that a target begins itself becomes an object that nobody can listen
 * to, whose error would end the process.
 */

/** RFC 9113 §4.1: length (3 bytes), type, flags, stream (4 bytes). */
const FRAME_HEAD = 9;
/** RFC 9113 §6.5.2: the limit for whoever has set no other. */
const MAX_FRAME = 16_384;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const ACK = 1;
const OWN_STREAM = 1;

/** Bytes of a whole session: the body that is read, and much room for everything around it. */
const MAX_SESSION = 1_048_576;

export class FrameGuard {
  readonly #head = Buffer.alloc(FRAME_HEAD);
  /** Bytes of the frame's head that have come. */
  #headLength = 0;
  /** Bytes of the frame's payload still to come. */
  #payload = 0;
  #total = 0;
  #begun = false;

  /** @throws CheckFailure when these bytes, following those before, are not what a target may send. */
  read(bytes: Buffer): void {
    this.#total += bytes.length;
    if (this.#total > MAX_SESSION) throw new CheckFailure("no end of the answer within 1 MiB");
    let at = 0;
    while (at < bytes.length) {
      if (this.#payload > 0) {
        const taken = Math.min(this.#payload, bytes.length - at);
        this.#payload -= taken;
        at += taken;
        continue;
      }
      const taken = bytes.copy(this.#head, this.#headLength, at, at + FRAME_HEAD - this.#headLength);
      this.#headLength += taken;
      at += taken;
      if (this.#headLength < FRAME_HEAD) return;
      this.#headLength = 0;
      this.#payload = this.#judge();
    }
  }

  /** @returns the length of the frame's payload. */
  #judge(): number {
    const length = this.#head.readUIntBE(0, 3);
    const type = this.#head[3]!;
    const flags = this.#head[4]!;
    // RFC 9113 §4.1: the first bit is reserved and not looked at.
    const stream = this.#head.readUInt32BE(5) & 0x7fff_ffff;
    if (!this.#begun) {
      // RFC 9113 §3.4: the server's preface is a SETTINGS frame, which is not an acknowledgement of ours.
      if (type !== SETTINGS || stream !== 0 || (flags & ACK) !== 0 || length > MAX_FRAME) {
        const isHttp1 = this.#head.latin1Slice(0, 5) === "HTTP/";
        throw new CheckFailure(`the target ${isHttp1 ? "speaks HTTP/1.1, not" : "does not speak"} HTTP/2`);
      }
      this.#begun = true;
    }
    if (length > MAX_FRAME) throw invalid("a frame is too long");
    if (type === PUSH_PROMISE) throw invalid("a push, which was not allowed");
    if (stream !== 0 && stream !== OWN_STREAM) throw invalid("a stream that was not asked for");
    return length;
  }
}

function invalid(words: string): CheckFailure {
  return new CheckFailure(`the answer is not valid HTTP/2 (${words})`);
}

/** The socket with a guard in the way of what it receives. */
export class GuardedSocket extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    const guard = new FrameGuard();
    socket.on("data", (bytes: Buffer) => {
      try {
        guard.read(bytes);
      } catch (error) {
        this.destroy(error instanceof Error ? error : new CheckFailure(String(error)));
        return;
      }
      if (!this.push(bytes)) socket.pause();
    });
    socket.once("end", () => this.push(null));
    socket.once("error", (error) => this.destroy(error));
    socket.once("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
