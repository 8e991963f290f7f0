/**
 * A plain value (objects, lists, and what is not an object) in pieces: what comes from another thread is copied in one go, and a
 * big value would take too long of a turn.
 */

/** One step of building the value again. */
export type Piece =
  /** A list or an object begins; `key`: in the one around it, unless that is a list. */
  | { readonly open: "array" | "object"; readonly key: string }
  /** Whole entries of the innermost one that is open; of a list without their keys. */
  | { readonly keys: readonly string[]; readonly values: readonly unknown[] }
  | "close";

/** So many values are copied in some tenths of a millisecond. */
const MOST = 500;

/** `value` is put below "" in what is built of the pieces. */
export function* piecesOf(value: unknown): Generator<Piece> {
  yield* entriesOf([["", value]], new Set());
}

function* entriesOf(entries: Iterable<readonly [string, unknown]>, open: ReadonlySet<unknown>): Generator<Piece> {
  let keys: string[] = [];
  let values: unknown[] = [];
  let weight = 0;
  for (const [key, value] of entries) {
    const own = weigh(value, MOST);
    // YAML can build circles: what is within itself is copied as it is.
    const isWhole = own <= MOST || open.has(value);
    if (keys.length > 0 && (!isWhole || weight + own > MOST)) {
      yield { keys, values };
      [keys, values, weight] = [[], [], 0];
    }
    if (isWhole) {
      keys.push(key);
      values.push(value);
      weight += own;
      continue;
    }
    yield { open: Array.isArray(value) ? "array" : "object", key };
    yield* entriesOf(Object.entries(value as object), new Set(open).add(value));
    yield "close";
  }
  if (keys.length > 0) yield { keys, values };
}

/** How many values it is; what is beyond `most` is not counted. */
function weigh(value: unknown, most: number): number {
  if (typeof value !== "object" || value === null) return 1;
  let weight = 1;
  for (const key in value) {
    weight += weigh((value as Record<string, unknown>)[key], most - weight);
    if (weight > most) break;
  }
  return weight;
}

/** Puts a value together again. */
export class PieceJoiner {
  readonly #whole: Record<string, unknown> = {};
  readonly #open: Array<Record<string, unknown> | unknown[]> = [this.#whole];

  get value(): unknown {
    return this.#whole[""];
  }

  take(piece: Piece): void {
    if (piece === "close") {
      this.#open.pop();
    } else if ("open" in piece) {
      const container = piece.open === "array" ? [] : {};
      this.#put(piece.key, container);
      this.#open.push(container);
    } else {
      for (const [index, value] of piece.values.entries()) this.#put(piece.keys[index]!, value);
    }
  }

  #put(key: string, value: unknown): void {
    const container = this.#open.at(-1)!;
    if (Array.isArray(container)) container.push(value);
    // `__proto__` is a key as any other.
    else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
  }
}
