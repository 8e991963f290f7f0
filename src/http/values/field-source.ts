import { FIELD_NAMES } from "../../contract/field-id.ts";
import { FIELD_ID, FIELD_STRIDE, NAME_END, NAME_START, VALUE_END, VALUE_START } from "../../contract/head.ts";
import type { RequestHead } from "../../contract/head.ts";
import { isSameIgnoringCase } from "../../bytes/byte-compare.ts";
import { NO_BYTES } from "./value-source.ts";
import type { ValueSource } from "./value-source.ts";

const SECRET = new Set(["authorization", "proxy-authorization", "cookie", "roundtrip-explain"]);

/** The field lines with one name, each by itself: they are not joined by commas. Names compare case-insensitively. */
export class FieldSource implements ValueSource {
  readonly kind = "field";
  readonly name: string;
  readonly secret: boolean;
  bytes: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  /** `FieldId` of a field that the parser knows, else 0. */
  private readonly id: number;
  private readonly lowerName: Buffer;
  private offsets: Int32Array = new Int32Array(0);
  private at = 0;
  private endOfTable = 0;

  constructor(name: string) {
    const lower = name.toLowerCase();
    this.name = lower;
    this.secret = SECRET.has(lower);
    this.id = Math.max(0, FIELD_NAMES.indexOf(lower));
    this.lowerName = Buffer.from(lower, "latin1");
  }

  begin(head: RequestHead): void {
    this.bytes = head.bytes;
    this.offsets = head.offsets;
    this.at = 0;
    this.endOfTable = head.fieldCount * FIELD_STRIDE;
  }

  next(): boolean {
    const { offsets } = this;
    while (this.at < this.endOfTable) {
      const at = this.at;
      this.at += FIELD_STRIDE;
      if (offsets[at + FIELD_ID] !== this.id) continue;
      if (this.id === 0) {
        const named = isSameIgnoringCase(
          this.bytes,
          offsets[at + NAME_START]!,
          offsets[at + NAME_END]!,
          this.lowerName,
        );
        if (!named) continue;
      }
      this.start = offsets[at + VALUE_START]!;
      this.end = offsets[at + VALUE_END]!;
      return true;
    }
    return false;
  }
}
