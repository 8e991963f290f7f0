import type { Exchange } from "../../contract/exchange.ts";
import { MAX_ADDED_BYTES } from "../../contract/field-edits.ts";
import type { RequestHead } from "../../contract/head.ts";
import { writeHex, TRACE_ID_LENGTH } from "../../trace/trace-context.ts";
import { hostEnd, pathEnd, pathStart } from "../../trace/request-line.ts";
import type { Variable } from "./value-template.ts";

const QUESTION = 0x3f;

/**
 * Field lines in the making: prepared bytes and the values of variables, one behind the other.
 *
 * Values come from outside, so control bytes are left out of them; a value cannot end its line (RFC 9110 §5.5).
 * Writing beyond the end of a typed array does nothing, so the length alone tells whether all fitted in.
 */
export class LineWriter {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(MAX_ADDED_BYTES);
  length = 0;

  get overflowed(): boolean {
    return this.length > this.bytes.length;
  }

  fixed(bytes: Uint8Array): void {
    if (this.length + bytes.length <= this.bytes.length) this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /**
   * The value of a variable: of the head where there is one, else (on the way out) of the record, which keeps the
   * request line up to `MAX_LINE`.
   */
  variable(variable: Variable, head: RequestHead | null, exchange: Exchange): void {
    switch (variable) {
      case "client.address":
        return this.text(exchange.clientAddress);
      case "route":
        return this.text(exchange.route === null ? "" : exchange.route.name);
      case "trace.id":
        this.length = writeHex(exchange.record.ids, 0, TRACE_ID_LENGTH, this.bytes, this.length);
        return;
      case "method":
        if (head !== null) return this.part(head.bytes, head.methodStart, head.methodEnd);
        return this.part(exchange.record.line, 0, exchange.record.methodLength);
      case "host":
        if (head !== null) return this.part(head.bytes, head.authorityStart, head.hostEnd);
        return this.part(exchange.record.authority, 0, hostEnd(exchange.record));
      case "path":
        if (head !== null) return this.part(head.bytes, head.pathStart, head.pathEnd);
        return this.part(exchange.record.line, pathStart(exchange.record), pathEnd(exchange.record));
    }
  }

  /** Bytes from outside, less the control bytes. */
  private part(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x20 && byte !== 0x7f) this.bytes[this.length++] = byte;
    }
  }

  private text(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code >= 0x20 && code !== 0x7f) this.bytes[this.length++] = code < 0x7f ? code : QUESTION;
    }
  }
}
