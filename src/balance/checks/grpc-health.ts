/**
 * The two messages of the gRPC health checking protocol (grpc.health.v1), in protobuf's wire format and gRPC's frame:
 *
 *     message HealthCheckRequest  { string service = 1; }
 *     message HealthCheckResponse { ServingStatus status = 1; }
 *     frame = compressed (1 byte, 0 or 1) · length (4 bytes, big-endian) · message
 */

export const HEALTH_CHECK_PATH = "/grpc.health.v1.Health/Check";

/** By their numbers. */
const SERVING_STATUS: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** gRPC's status codes, by their numbers. */
const GRPC_STATUS: readonly string[] = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

export function grpcStatusName(code: number): string {
  return GRPC_STATUS[code] ?? `status ${code}`;
}

const FRAME_HEAD = 5;
/** Field 1, length-delimited. */
const SERVICE_TAG = 0x0a;

/** A HealthCheckRequest with its frame. An empty service is not written, as proto3 wants it. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service, "utf8");
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE_TAG, ...varint(name.length)]), name]);
  const frame = Buffer.alloc(FRAME_HEAD);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/**
 * The serving status of a framed HealthCheckResponse: its name, or the number of one that is not known.
 * @throws Error in words when the bytes are no such message.
 */
export function decodeHealthResponse(bytes: Buffer): string {
  if (bytes.length === 0) throw new Error("the answer has no message");
  if (bytes.length < FRAME_HEAD) throw new Error("the answer's message is cut off");
  if (bytes[0] !== 0) throw new Error("the answer's message is compressed, which was not asked for");
  const length = bytes.readUInt32BE(1);
  if (bytes.length < FRAME_HEAD + length) throw new Error("the answer's message is cut off");
  if (bytes.length > FRAME_HEAD + length) throw new Error("the answer has more than one message");
  const status = readStatus(bytes.subarray(FRAME_HEAD));
  return SERVING_STATUS[status] ?? `serving status ${status}`;
}

/** Wire types of protobuf; 3 and 4 (groups) are of old and stand nowhere in this protocol. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Field 1, varint. */
const STATUS_TAG = 0x08;

/** Field 1 of the message; the last one counts, other fields are skipped, and without any it is 0. */
function readStatus(message: Buffer): number {
  const cursor = new Cursor(message);
  let status = 0;
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    if (tag === STATUS_TAG) {
      status = cursor.varint();
      continue;
    }
    if (tag < 8) throw malformed();
    switch (tag % 8) {
      case VARINT:
        cursor.varint();
        break;
      case FIXED64:
        cursor.skip(8);
        break;
      case LENGTH_DELIMITED:
        cursor.skip(cursor.varint());
        break;
      case FIXED32:
        cursor.skip(4);
        break;
      default:
        throw malformed();
    }
  }
  return status;
}

/** Reads on through a message and never beyond its end. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** At most ten bytes. Beyond 2^53 it is not exact, which nothing here needs. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed();
      value += (byte & 0x7f) * 128 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed();
  }

  skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw malformed();
  }
}

function malformed(): Error {
  return new Error("the answer is not a HealthCheckResponse");
}
