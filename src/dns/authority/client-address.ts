/** The bytes of an IP address, read from its text without an allocation; used again for the next one. */
export class ClientAddress {
  /** The first `length` count. */
  readonly bytes = new Uint8Array(16);
  /** 4, 16, or 0: what was read is not an address. IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) is IPv4. */
  length = 0;
  #text = "";

  /** Dotted quad, or IPv6 text with or without a zone. */
  read(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.length = this.#readIpv4(text, 0, 0) ? 4 : this.#readIpv6(text);
  }

  /** A hash of the network that the client is taken for: /24 of IPv4, /56 of IPv6. */
  networkHash(): number {
    const { bytes, length } = this;
    const count = length === 16 ? 7 : 3;
    let hash = length;
    for (let index = 0; index < count; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
    return hash;
  }

  #readIpv4(text: string, start: number, to: number): boolean {
    const { bytes } = this;
    let part = 0;
    let digits = 0;
    let value = 0;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x2e) {
        if (digits === 0 || part === 3) return false;
        bytes[to + part++] = value;
        digits = value = 0;
        continue;
      }
      if (code < 0x30 || code > 0x39 || ++digits > 3) return false;
      value = value * 10 + code - 0x30;
      if (value > 255) return false;
    }
    if (part !== 3 || digits === 0) return false;
    bytes[to + 3] = value;
    return true;
  }

  #readIpv6(text: string): number {
    const { bytes } = this;
    bytes.fill(0);
    let to = 0;
    /** Where the bytes that `::` stands for begin. */
    let gap = -1;
    let at = 0;
    const zone = text.indexOf("%");
    const end = zone < 0 ? text.length : zone;
    while (at < end) {
      if (text.charCodeAt(at) === 0x3a && text.charCodeAt(at + 1) === 0x3a) {
        if (gap >= 0) return 0;
        gap = to;
        at += 2;
        continue;
      }
      if (text.charCodeAt(at) === 0x3a) at++;
      const stop = groupEnd(text, at, end);
      if (text.charCodeAt(stop) === 0x2e) {
        if (to > 12 || end !== text.length || !this.#readIpv4(text, at, to)) return 0;
        to += 4;
        break;
      }
      const group = Number.parseInt(text.slice(at, stop), 16);
      if (stop === at || to > 14 || Number.isNaN(group) || group > 0xffff) return 0;
      bytes[to++] = group >> 8;
      bytes[to++] = group;
      at = stop;
    }
    if (gap >= 0) {
      bytes.copyWithin(16 - (to - gap), gap, to);
      bytes.fill(0, gap, 16 - (to - gap));
    } else if (to !== 16) {
      return 0;
    }
    return this.#unmap();
  }

  #unmap(): number {
    const { bytes } = this;
    for (let index = 0; index < 10; index++) if (bytes[index] !== 0) return 16;
    if (bytes[10] !== 0xff || bytes[11] !== 0xff) return 16;
    bytes.copyWithin(0, 12, 16);
    return 4;
  }
}

/** Offset of the first character from `at` on that is no hexadecimal digit. */
function groupEnd(text: string, at: number, end: number): number {
  let stop = at;
  for (; stop < end; stop++) {
    const code = text.charCodeAt(stop) | 0x20;
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66)) || text.charCodeAt(stop) < 0x30) break;
  }
  return stop;
}
