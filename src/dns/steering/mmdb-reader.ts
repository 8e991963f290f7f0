/**
 * MaxMind DB files, version 2.0 (https://maxmind.github.io/MaxMind-DB/): a binary tree over the bits of an address whose
 * leaves point into a section of values. Looking up walks the file's bytes as they lie; nothing is made of them.
 */
import { MmdbDecoder, MmdbError, type MmdbMap, type MmdbValue } from "./mmdb-decoder.ts";

const MARKER = Buffer.from("\u00ab\u00cd\u00efMaxMind.com", "latin1");
/** The metadata with its marker lies in the last 128 KiB. */
const MAX_METADATA = 128 * 1024;
/** Zero bytes between the tree and the data section. */
const SEPARATOR = 16;
/** No record for an address. */
export const NO_RECORD = -1;

export class MmdbReader {
  /** After `find`: leading bits of the address that decided. */
  depth = 0;
  readonly databaseType: string;
  /** When the file was made, seconds since the epoch. */
  readonly buildEpoch: number;
  readonly ipVersion: number;
  readonly nodeCount: number;
  readonly recordSize: number;
  readonly #bytes: Uint8Array;
  /** Bytes of the data section, which lies behind the tree and the separator. */
  readonly #dataLength: number;
  readonly #decoder: MmdbDecoder;
  /** Where IPv4 begins: the root, or what 96 zero bits lead to. */
  readonly #ipv4: number;

  /** @throws MmdbError when this is no such file, or one of another version. */
  constructor(bytes: Uint8Array) {
    const metadataStart = findMetadata(bytes);
    const metadata = new MmdbDecoder(bytes, metadataStart, bytes.length).decode(0);
    if (!(metadata instanceof Map)) throw new MmdbError("the metadata is not a map");
    const version = numberOf(metadata, "binary_format_major_version");
    if (version !== 2) throw new MmdbError(`the format has version ${version}; 2 is known`);
    this.nodeCount = numberOf(metadata, "node_count");
    this.recordSize = numberOf(metadata, "record_size");
    this.ipVersion = numberOf(metadata, "ip_version");
    if (![24, 28, 32].includes(this.recordSize)) throw new MmdbError(`records have ${this.recordSize} bits`);
    if (this.ipVersion !== 4 && this.ipVersion !== 6) throw new MmdbError(`the IP version is ${this.ipVersion}`);
    this.buildEpoch = numberOf(metadata, "build_epoch");
    const type: unknown = metadata.get("database_type");
    this.databaseType = typeof type === "string" ? type : "";
    const dataStart = (this.nodeCount * this.recordSize) / 4 + SEPARATOR;
    const dataEnd = metadataStart - MARKER.length;
    if (dataStart > dataEnd) throw new MmdbError("the tree is longer than the file");
    this.#bytes = bytes;
    this.#dataLength = dataEnd - dataStart;
    this.#decoder = new MmdbDecoder(bytes, dataStart, dataEnd);
    this.#ipv4 = this.ipVersion === 4 ? 0 : this.#descend(0, 96);
  }

  /**
   * The offset of an address's record in the data section, to be given to `decode`; `NO_RECORD` when there is none, also
   * when the file's tree leads outside of it. `length`: 4 or 16 bytes.
   */
  find(address: Uint8Array, length: number): number {
    this.depth = 0;
    if (length === 16 && this.ipVersion === 4) return NO_RECORD;
    const { nodeCount } = this;
    const bits = length * 8;
    let node = length === 4 ? this.#ipv4 : 0;
    let bit = 0;
    while (node < nodeCount && bit < bits) {
      node = this.#record(node, (address[bit >> 3]! >> (7 - (bit & 7))) & 1);
      bit++;
    }
    this.depth = bit;
    const offset = node - nodeCount - SEPARATOR;
    return offset >= 0 && offset < this.#dataLength ? offset : NO_RECORD;
  }

  /** @throws MmdbError when the record is malformed. */
  decode(record: number): MmdbValue {
    return this.#decoder.decode(record);
  }

  #descend(node: number, zeros: number): number {
    let at = node;
    for (let bit = 0; bit < zeros && at < this.nodeCount; bit++) at = this.#record(at, 0);
    return at;
  }

  /** The left (0) or right (1) record of a node. */
  #record(node: number, side: number): number {
    const bytes = this.#bytes;
    if (this.recordSize === 24) {
      const at = node * 6 + side * 3;
      return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    }
    if (this.recordSize === 32) {
      const at = node * 8 + side * 4;
      return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    }
    // 28 bits: the middle byte has the highest four of the left record, then those of the right one.
    const at = node * 7;
    const high = side === 0 ? bytes[at + 3]! >> 4 : bytes[at + 3]! & 15;
    const low = at + side * 4;
    return (high << 24) | (bytes[low]! << 16) | (bytes[low + 1]! << 8) | bytes[low + 2]!;
  }
}

/** Offset behind the last marker. */
function findMetadata(bytes: Uint8Array): number {
  const from = Math.max(0, bytes.length - MAX_METADATA);
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from);
  const at = tail.lastIndexOf(MARKER);
  if (at < 0) throw new MmdbError("this is not a MaxMind DB file: it has no metadata marker");
  return from + at + MARKER.length;
}

function numberOf(metadata: MmdbMap, key: string): number {
  const value = metadata.get(key);
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "number") throw new MmdbError(`the metadata has no ${key}`);
  return value;
}
