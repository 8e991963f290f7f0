/** Makes MaxMind DB files: a tree over the bits of networks, and whatever values they have. */
import { parseNetwork } from "../../bytes/address-set.ts";

export type Written =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly Written[]
  | { readonly [key: string]: Written };

export interface MmdbOptions {
  readonly recordSize?: 24 | 28 | 32;
  readonly ipVersion?: 4 | 6;
  readonly databaseType?: string;
  /** Each string that comes again becomes a pointer. */
  readonly pointers?: boolean;
  readonly metadata?: Readonly<Record<string, Written>>;
}

const MARKER = Buffer.from("\u00ab\u00cd\u00efMaxMind.com", "latin1");

/** Later networks replace what they share with earlier ones: write the longer ones last. */
export function writeMmdb(networks: Readonly<Record<string, Written>>, options: MmdbOptions = {}): Uint8Array {
  const { recordSize = 24, ipVersion = 6 } = options;
  const data = new ValueWriter(options.pointers ?? true);
  /** Children: a node's index, null, or the offset of a value. */
  const nodes: Array<[Child, Child]> = [[null, null]];
  for (const [text, value] of Object.entries(networks)) {
    const { bytes, prefix } = parseNetwork(text);
    const offset = { data: data.record(value) };
    const lead = bytes.length === 4 && ipVersion === 6 ? 96 : 0;
    const bits = Array.from({ length: lead + prefix }, (_, bit) =>
      bit < lead ? 0 : (bytes[(bit - lead) >> 3]! >> (7 - ((bit - lead) & 7))) & 1,
    );
    insert(nodes, bits as Array<0 | 1>, offset);
  }
  const tree = Buffer.concat(nodes.map(([left, right]) => node(number(left, nodes), number(right, nodes), recordSize)));
  const metadata = new ValueWriter(false);
  metadata.record({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_790_000_000n,
    database_type: options.databaseType ?? "Test",
    description: { en: "made by a test" },
    ip_version: ipVersion,
    languages: ["en"],
    node_count: nodes.length,
    record_size: recordSize,
    ...options.metadata,
  });
  return new Uint8Array(Buffer.concat([tree, new Uint8Array(16), data.bytes(), MARKER, metadata.bytes()]));
}

type Child = number | null | { readonly data: number };

function insert(nodes: Array<[Child, Child]>, bits: ReadonlyArray<0 | 1>, value: { readonly data: number }): void {
  let at = 0;
  for (const [depth, bit] of bits.entries()) {
    if (depth === bits.length - 1) {
      nodes[at]![bit] = value;
      return;
    }
    let child = nodes[at]![bit];
    if (typeof child !== "number") {
      // What was said of the whole network goes on being said of its halves.
      nodes.push([child, child]);
      child = nodes.length - 1;
      nodes[at]![bit] = child;
    }
    at = child;
  }
}

function number(child: Child, nodes: readonly unknown[]): number {
  if (child === null) return nodes.length;
  return typeof child === "number" ? child : nodes.length + 16 + child.data;
}

function node(left: number, right: number, recordSize: number): Uint8Array {
  if (recordSize === 24) return Uint8Array.of(...bytesOf(left, 3), ...bytesOf(right, 3));
  if (recordSize === 32) return Uint8Array.of(...bytesOf(left, 4), ...bytesOf(right, 4));
  const middle = ((left >>> 24) << 4) | (right >>> 24);
  return Uint8Array.of(...bytesOf(left, 3), middle, ...bytesOf(right, 3));
}

function bytesOf(value: number | bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    Number((BigInt(value) >> BigInt(8 * (count - 1 - index))) & 0xffn),
  );
}

class ValueWriter {
  readonly #out: number[] = [];
  readonly #pointers: boolean;
  readonly #strings = new Map<string, number>();
  readonly #records = new Map<string, number>();

  constructor(pointers: boolean) {
    this.#pointers = pointers;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#out);
  }

  /** The offset of a value, the same for equal ones. */
  record(value: Written): number {
    const key = JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    const offset = this.#out.length;
    this.#records.set(key, offset);
    this.#value(value);
    return offset;
  }

  #value(value: Written): void {
    if (typeof value === "string") this.#string(value);
    else if (typeof value === "boolean") this.#head(14, value ? 1 : 0);
    else if (typeof value === "bigint") this.#sized(value < 1n << 64n ? 9 : 10, minimal(value));
    else if (typeof value === "number") this.#number(value);
    else if (value instanceof Uint8Array) this.#sized(4, [...value]);
    else if (isList(value)) {
      this.#head(11, value.length);
      for (const part of value) this.#value(part);
    } else {
      this.#head(7, Object.keys(value).length);
      for (const [key, part] of Object.entries(value)) {
        this.#string(key);
        this.#value(part);
      }
    }
  }

  #number(value: number): void {
    if (!Number.isInteger(value)) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, value);
      this.#sized(3, [...bytes]);
    } else if (value < 0) {
      this.#sized(8, bytesOf(BigInt.asUintN(32, BigInt(value)), 4));
    } else {
      this.#sized(value < 0x10000 ? 5 : 6, minimal(BigInt(value)));
    }
  }

  #string(text: string): void {
    const known = this.#strings.get(text);
    if (known !== undefined && this.#pointers) {
      this.#pointer(known);
      return;
    }
    this.#strings.set(text, this.#out.length);
    this.#sized(2, [...Buffer.from(text)]);
  }

  #pointer(to: number): void {
    if (to < 2_048) this.#out.push(0x20 | (to >> 8), to & 0xff);
    else if (to < 526_336) this.#out.push(0x28 | ((to - 2_048) >> 16), ...bytesOf(to - 2_048, 2));
    else this.#out.push(0x38, ...bytesOf(to, 4));
  }

  #sized(type: number, bytes: readonly number[]): void {
    this.#head(type, bytes.length);
    for (const byte of bytes) this.#out.push(byte);
  }

  #head(type: number, size: number): void {
    const bits = size < 29 ? size : size < 285 ? 29 : size < 65_821 ? 30 : 31;
    this.#out.push(((type > 7 ? 0 : type) << 5) | bits);
    if (type > 7) this.#out.push(type - 7);
    if (bits >= 29) this.#out.push(...bytesOf(size - [29, 285, 65_821][bits - 29]!, bits - 28));
  }
}

function minimal(value: bigint): number[] {
  let count = 0;
  while (value >> BigInt(8 * count) > 0n) count++;
  return bytesOf(value, count);
}

function isList(value: readonly Written[] | { readonly [key: string]: Written }): value is readonly Written[] {
  return Array.isArray(value);
}
