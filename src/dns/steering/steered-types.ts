import { RecordType } from "../wire/record-type.ts";

export const ADDRESS_TYPES: readonly number[] = [RecordType.A, RecordType.AAAA];

/** Types that a steered name answers itself: addresses, and ANY with one set of them (RFC 8482 §4.1). */
export function isSteered(type: number): boolean {
  return type === RecordType.A || type === RecordType.AAAA || type === RecordType.ANY;
}
