/** ASCII lower case of every byte. */
const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte,
);
const NONE: readonly Uint8Array[] = [];

/** Field names, compared without regard to case by their bytes: no string is made of a name that came. */
export class FieldNameSet {
  /** The names in lower case, grouped by length, so that most fields cost one lookup. */
  private readonly byLength: ReadonlyArray<readonly Uint8Array[]>;

  constructor(names: Iterable<string>) {
    const lower = [...new Set([...names].map((name) => name.toLowerCase()))];
    const longest = Math.max(0, ...lower.map((name) => name.length));
    this.byLength = Array.from({ length: longest + 1 }, (_, length) => {
      const group = lower.filter((name) => name.length === length);
      return group.length === 0 ? NONE : group.map((name) => Buffer.from(name, "latin1"));
    });
  }

  get empty(): boolean {
    return this.byLength.length === 1;
  }

  /** Whether the name in bytes [start, end) is one of the set. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length >= this.byLength.length) return false;
    const group = this.byLength[length]!;
    for (let index = 0; index < group.length; index++) {
      if (isSame(bytes, start, group[index]!)) return true;
    }
    return false;
  }
}

function isSame(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  for (let index = 0; index < lower.length; index++) {
    if (LOWER[bytes[start + index]!] !== lower[index]) return false;
  }
  return true;
}
