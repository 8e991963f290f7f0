import { type RequestHead, TargetForm } from "../contract/head.ts";

/** `http://host` has an empty path, which means "/" (RFC 9110 §4.2.3). */
const ROOT_PATH = Buffer.from("/");

/** The bytes of a request's path that routes compare; see `http/target.ts` for its forms. */
export class MatchedPath {
  bytes: Buffer = ROOT_PATH;
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
    return true;
  }
}
