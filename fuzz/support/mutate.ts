import type { Random } from "./random.ts";

/** Longest input; beyond it heads only meet their limit. */
const MAX_INPUT = 4_096;

/** One to five changes: bytes, ranges, words of the grammar, pieces of another input. */
export function mutate(random: Random, input: Buffer, pool: readonly Buffer[], words: readonly Buffer[]): Buffer {
  let bytes = input;
  for (let change = random.below(5); change >= 0; change--) bytes = mutateOnce(random, bytes, pool, words);
  return bytes.subarray(0, MAX_INPUT);
}

function mutateOnce(random: Random, bytes: Buffer, pool: readonly Buffer[], words: readonly Buffer[]): Buffer {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.below(random.below(4) === 0 ? 200 : 8));
  const before = bytes.subarray(0, from);
  const after = bytes.subarray(to);
  switch (random.below(9)) {
    case 0:
      return Buffer.concat([before, Buffer.from([random.below(256)]), after]);
    case 1: {
      const copy = Buffer.from(bytes);
      if (from < copy.length) copy[from] = copy[from]! ^ (1 << random.below(8));
      return copy;
    }
    case 2:
      return Buffer.concat([before, after]);
    case 3:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    case 4:
    case 5:
      return Buffer.concat([before, random.pick(words), random.below(2) === 0 ? bytes.subarray(from) : after]);
    case 6: {
      const other = random.pick(pool);
      const cut = random.below(other.length + 1);
      return Buffer.concat([before, other.subarray(cut, cut + random.below(200))]);
    }
    case 7: {
      const word = random.pick(words);
      return Buffer.concat([before, ...Array.from({ length: random.below(30) }, () => word), after]);
    }
    default: {
      // A line moved elsewhere: order and repetition of fields.
      const lineStart = bytes.lastIndexOf("\r\n", from) + 2;
      const lineEnd = bytes.indexOf("\r\n", from);
      if (lineEnd < 0 || lineStart > lineEnd) return bytes;
      const line = bytes.subarray(lineStart, lineEnd + 2);
      const place = bytes.indexOf("\r\n", random.below(bytes.length + 1));
      if (place < 0) return bytes;
      return Buffer.concat([bytes.subarray(0, place + 2), line, bytes.subarray(place + 2)]);
    }
  }
}
