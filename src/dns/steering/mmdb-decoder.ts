/**
 * Values of a MaxMind DB file, version 2.0 (https://maxmind.github.io/MaxMind-DB/, "Output Data Section"): a control byte
 * with type and size, then the bytes. What a file says of sizes and places is believed only as far as its bytes reach.
 */

export type MmdbValue = string | number | bigint | boolean | Uint8Array | readonly MmdbValue[] | MmdbMap;
export type MmdbMap = ReadonlyMap<string, MmdbValue>;

/** The file is not what the format asks for. */
export class MmdbError extends Error {
  override readonly name = "MmdbError";
}

const Type = {
  EXTENDED: 0,
  POINTER: 1,
  STRING: 2,
  DOUBLE: 3,
  BYTES: 4,
  UINT16: 5,
  UINT32: 6,
  MAP: 7,
  INT32: 8,
  UINT64: 9,
  UINT128: 10,
  ARRAY: 11,
  BOOLEAN: 14,
  FLOAT: 15,
} as const;

/** Maps and arrays within one another. Records in use have 4. */
const MAX_NESTING = 16;
/** Values of one record, those met again through pointers counted again. A city's record has about 100. */
const MAX_VALUES = 8_192;
/** Largest size of each integer type, in bytes. */
const INTEGER_SIZE: ReadonlyMap<number, number> = new Map([
  [Type.UINT16, 2],
  [Type.UINT32, 4],
  [Type.INT32, 4],
  [Type.UINT64, 8],
  [Type.UINT128, 16],
]);
/** What is added to a pointer's value, by the number of its bytes less 1. */
const POINTER_BASE = [0, 2_048, 526_336, 0] as const;

/** Decodes the values of one section. */
export class MmdbDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  readonly #end: number;
  #at = 0;
  #values = 0;

  /** The section is bytes [start, end); pointers count from its start. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = start;
    this.#end = end;
  }

  /** @throws MmdbError when the value at this offset of the section is malformed. */
  decode(offset: number): MmdbValue {
    this.#at = this.#start + offset;
    this.#values = 0;
    return this.#value(0, true);
  }

  #value(nesting: number, mayPoint: boolean): MmdbValue {
    if (++this.#values > MAX_VALUES) throw new MmdbError(`a record has more than ${MAX_VALUES} values`);
    const at = this.#take(1);
    const control = this.#bytes[at]!;
    let type = control >> 5;
    if (type === Type.POINTER) {
      if (!mayPoint) throw new MmdbError(`the pointer at ${at} is pointed to by another`);
      return this.#pointer(control, nesting);
    }
    if (type === Type.EXTENDED) type = this.#bytes[this.#take(1)]! + 7;
    const size = this.#size(control & 31);
    switch (type) {
      case Type.STRING:
        return this.#string(size);
      case Type.BYTES: {
        const start = this.#take(size);
        return this.#bytes.slice(start, start + size);
      }
      case Type.DOUBLE:
        return this.#view.getFloat64(this.#takeExactly(size, 8));
      case Type.FLOAT:
        return this.#view.getFloat32(this.#takeExactly(size, 4));
      case Type.BOOLEAN:
        if (size > 1) throw new MmdbError(`the boolean at ${at} is ${size}`);
        return size === 1;
      case Type.MAP:
        return this.#map(size, nesting);
      case Type.ARRAY:
        return this.#array(size, nesting);
      default:
        return this.#integer(type, size, at);
    }
  }

  #string(size: number): string {
    const start = this.#take(size);
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, size).toString("utf8");
  }

  #map(size: number, nesting: number): MmdbMap {
    this.#nest(nesting, size * 2);
    const map = new Map<string, MmdbValue>();
    for (let index = 0; index < size; index++) {
      const key = this.#value(nesting + 1, true);
      if (typeof key !== "string") throw new MmdbError(`a map's key before ${this.#at} is not a string`);
      map.set(key, this.#value(nesting + 1, true));
    }
    return map;
  }

  #array(size: number, nesting: number): readonly MmdbValue[] {
    this.#nest(nesting, size);
    const array: MmdbValue[] = [];
    for (let index = 0; index < size; index++) array.push(this.#value(nesting + 1, true));
    return array;
  }

  #integer(type: number, size: number, at: number): number | bigint {
    const most = INTEGER_SIZE.get(type);
    if (most === undefined) throw new MmdbError(`type ${type} at ${at} is not known`);
    if (size > most) throw new MmdbError(`the integer at ${at} has ${size} bytes, more than ${most}`);
    const start = this.#take(size);
    if (most > 4) {
      let value = 0n;
      for (let index = 0; index < size; index++) value = (value << 8n) | BigInt(this.#bytes[start + index]!);
      return value;
    }
    let value = 0;
    for (let index = 0; index < size; index++) value = value * 256 + this.#bytes[start + index]!;
    return type === Type.INT32 ? value | 0 : value;
  }

  /** What it points to; goes on behind the pointer. */
  #pointer(control: number, nesting: number): MmdbValue {
    const length = ((control >> 3) & 3) + 1;
    const start = this.#take(length);
    let value = length === 4 ? 0 : control & 7;
    for (let index = 0; index < length; index++) value = value * 256 + this.#bytes[start + index]!;
    const back = this.#at;
    this.#at = this.#start + value + POINTER_BASE[length - 1]!;
    const target = this.#value(nesting, false);
    this.#at = back;
    return target;
  }

  /** Sizes from 29 on stand in 1 to 3 bytes more. */
  #size(bits: number): number {
    if (bits < 29) return bits;
    const length = bits - 28;
    const start = this.#take(length);
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 256 + this.#bytes[start + index]!;
    return value + [29, 285, 65_821][length - 1]!;
  }

  /** What a container says of its size is held against the bytes that are left before anything is made. */
  #nest(nesting: number, values: number): void {
    if (nesting >= MAX_NESTING) throw new MmdbError(`maps and arrays are nested deeper than ${MAX_NESTING}`);
    if (values > this.#end - this.#at)
      throw new MmdbError(`the container before ${this.#at} does not end in its section`);
  }

  #takeExactly(size: number, wanted: number): number {
    if (size !== wanted) throw new MmdbError(`the floating-point number before ${this.#at} has ${size} bytes`);
    return this.#take(size);
  }

  #take(size: number): number {
    const at = this.#at;
    if (at < this.#start || at + size > this.#end) throw new MmdbError(`a value at ${at} does not end in its section`);
    this.#at = at + size;
    return at;
  }
}
