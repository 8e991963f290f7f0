import { type RequestHead, TargetForm } from "../contract/head.ts";

/** `http://host` has an empty path, which means "/" (RFC 9110 §4.2.3). */
const ROOT_PATH = Buffer.from("/");

/** The bytes of a request's path that routes compare; see `http/target.ts` for its forms. */
export class MatchedPath {
  bytes: Buffer = ROOT_PATH;
  /** The same at the same places, but in lower case when case does not count. */
  compared: Buffer = ROOT_PATH;
  ignoreCase = false;
  /** At the first slash. */
  start = 0;
  end = 0;

  /** False: the request has no path (`OPTIONS *`, the authority-form). */
  read(head: RequestHead): boolean {
    if (head.form === TargetForm.asterisk || head.form === TargetForm.authority) return false;
    if (!head.plainPath && head.normalized !== null) {
      this.bytes = head.matchedPath ?? head.normalized;
      this.start = 0;
      this.end = this.bytes.length;
    } else if (head.pathEnd === head.pathStart) {
      this.bytes = ROOT_PATH;
      this.start = 0;
      this.end = 1;
    } else {
      this.bytes = head.bytes;
      this.start = head.pathStart;
      this.end = head.pathEnd;
    }
    this.compared = this.ignoreCase ? lowerCase(this.bytes, this.start, this.end) : this.bytes;
    return true;
  }
}

let lower: Buffer = Buffer.allocUnsafeSlow(8192);

/** The bytes from `start` to `end` at the same places of a buffer that holds until the next call. */
function lowerCase(bytes: Buffer, start: number, end: number): Buffer {
  if (lower.length < end) lower = Buffer.allocUnsafeSlow(end * 2);
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    lower[at] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
  }
  return lower;
}
