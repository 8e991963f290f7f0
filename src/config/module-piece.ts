/** What is known of a config's value from the text that makes it, and where that text stands. */
import type {
  ArrowFunctionExpression,
  Expression,
  FunctionDeclaration,
  FunctionExpression,
  ObjectMethod,
} from "@babel/types";
import type { ModuleScope } from "./module-scope.ts";
import type { Source } from "../schema/source.ts";

export type FunctionNode = ArrowFunctionExpression | FunctionDeclaration | FunctionExpression | ObjectMethod;

/** `at`: offset of the first character in `source`. */
export interface At {
  readonly at: number;
  readonly source: Source;
}

export type Piece = ObjectPiece | ArrayPiece | FunctionPiece | OtherPiece;

export interface ObjectPiece extends At {
  readonly kind: "object";
  readonly entries: Entries;
  /** There may be more keys, and the values of those that stand before them may be others. */
  readonly open: boolean;
}

export interface Entry extends At {
  /** Null: one of several, nobody knows which. */
  readonly value: Piece | null;
  /** It is there whatever happens. */
  readonly certain: boolean;
}

export type Entries = ReadonlyMap<string, Entry>;

export interface ArrayPiece extends At {
  readonly kind: "array";
  readonly head: readonly Piece[];
  /** Null: `head` is all. Else items that nobody knows stand between `head` and `tail`. */
  readonly tail: readonly Piece[] | null;
}

export interface FunctionPiece extends At {
  readonly kind: "function";
  readonly node: FunctionNode;
  readonly scope: ModuleScope;
}

/** What is not followed further; with its value when it is a literal. */
export interface OtherPiece extends At {
  readonly kind: "other";
  readonly literal?: string | number | boolean | null | undefined;
}

/** A name's meaning in a scope. */
export type Binding =
  | { readonly kind: "value"; readonly init: Expression; readonly scope: ModuleScope }
  | { readonly kind: "function"; readonly node: FunctionNode; readonly scope: ModuleScope }
  | { readonly kind: "piece"; readonly piece: Piece }
  /** `name` null: the module as a whole. */
  | { readonly kind: "import"; readonly specifier: string; readonly name: string | null }
  | { readonly kind: "unknown" };

/** Entries in the order of the text: what comes later holds. */
export class EntryList {
  readonly entries = new Map<string, Entry>();
  open = false;

  put(key: string, entry: Entry): void {
    const before = this.entries.get(key);
    const unsure = !entry.certain && before !== undefined;
    this.entries.set(key, unsure ? { ...entry, value: null, certain: before.certain } : entry);
  }

  /** All of an object; `certain` false: perhaps. */
  putAll(object: ObjectPiece, certain = true): void {
    if (object.open) this.putUnknown();
    for (const [key, entry] of object.entries) this.put(key, { ...entry, certain: entry.certain && certain });
  }

  /** Any keys, which hide what came before. */
  putUnknown(): void {
    this.entries.clear();
    this.open = true;
  }
}

export function concat(first: ArrayPiece, then: Pick<ArrayPiece, "head" | "tail">): ArrayPiece {
  if (first.tail === null) return { ...first, head: [...first.head, ...then.head], tail: then.tail };
  return { ...first, tail: then.tail ?? [...first.tail, ...then.head] };
}
