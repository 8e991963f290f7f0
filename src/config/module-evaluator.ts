/**
 * Follows the expressions that configs are made of, as far as the text alone decides: literals, constants, spreads,
 * pieces of other files, functions that return something, `map`, and the helpers of `define.ts`.
 */
import type { CallExpression, Expression, Node, ObjectExpression, ObjectProperty, Statement } from "@babel/types";
import {
  concat,
  EntryList,
  type ArrayPiece,
  type At,
  type Binding,
  type Entry,
  type FunctionPiece,
  type ObjectPiece,
  type Piece,
} from "./module-piece.ts";
import { bare, type ModuleScope, type ParsedModule } from "./module-scope.ts";

/** Of calls and references within each other. */
const MAX_DEPTH = 60;
/** Of expressions in all: what doubles with every line must not be followed to its end. */
const MAX_STEPS = 100_000;

/** The module that a file imports; null: it is none of the config's own files. */
export type OpenModule = (specifier: string, from: string) => ParsedModule | null;

export class ModuleEvaluator {
  readonly #open: OpenModule;
  #depth = 0;
  #steps = 0;

  constructor(open: OpenModule) {
    this.#open = open;
  }

  /** What a module exports by default; a function counts as what it returns. Null: there is no such export. */
  defaultExport({ exported, scope }: ParsedModule): Piece | null {
    const binding = exported.get("default");
    if (binding === undefined) return null;
    const piece = this.#binding(binding, scope, { at: 0, source: scope.source });
    return piece.kind === "function" ? this.#call(piece, [], piece) : piece;
  }

  #evaluate(given: Expression, scope: ModuleScope): Piece {
    const expression = bare(given);
    const place = placeOf(expression, scope);
    if (++this.#steps > MAX_STEPS || this.#depth > MAX_DEPTH) return other(place);
    this.#depth++;
    try {
      return this.#follow(expression, scope, place);
    } finally {
      this.#depth--;
    }
  }

  #follow(expression: Expression, scope: ModuleScope, place: At): Piece {
    switch (expression.type) {
      case "StringLiteral":
      case "NumericLiteral":
      case "BooleanLiteral":
        return { ...other(place), literal: expression.value };
      case "NullLiteral":
        return { ...other(place), literal: null };
      case "TemplateLiteral":
        if (expression.expressions.length > 0) return other(place);
        return { ...other(place), literal: expression.quasis[0]?.value.cooked ?? "" };
      case "ObjectExpression":
        return this.#object(expression, scope, place);
      case "ArrayExpression":
        return this.#list(expression.elements, scope, place);
      case "Identifier":
        return this.#named(expression.name, scope, place);
      case "MemberExpression":
        return this.#member(expression, scope, place);
      case "CallExpression":
        return this.#callExpression(expression, scope, place);
      case "ArrowFunctionExpression":
      case "FunctionExpression":
        return { kind: "function", ...place, node: expression, scope };
      default:
        return other(place);
    }
  }

  #named(name: string, scope: ModuleScope, place: At): Piece {
    const binding = scope.find(name);
    return binding === null ? other(place) : this.#binding(binding, scope, place);
  }

  /** `place`: where the name is used, for what is not known. */
  #binding(binding: Binding, scope: ModuleScope, place: At): Piece {
    switch (binding.kind) {
      case "value":
        return this.#evaluate(binding.init, binding.scope);
      case "function":
        return { kind: "function", ...placeOf(binding.node, binding.scope), node: binding.node, scope: binding.scope };
      case "piece":
        return binding.piece;
      case "import":
        return this.#imported(binding.specifier, binding.name, scope, place);
      case "unknown":
        return other(place);
    }
  }

  #imported(specifier: string, name: string | null, scope: ModuleScope, place: At): Piece {
    const module = this.#open(specifier, scope.file);
    const binding = name === null ? undefined : module?.exported.get(name);
    if (module === null || binding === undefined || this.#depth > MAX_DEPTH) return other(place);
    this.#depth++;
    try {
      return this.#binding(binding, module.scope, place);
    } finally {
      this.#depth--;
    }
  }

  #object(expression: ObjectExpression, scope: ModuleScope, place: At): ObjectPiece {
    const list = new EntryList();
    for (const property of expression.properties) {
      if (property.type === "SpreadElement") {
        this.#spread(property.argument, scope, list, true);
        continue;
      }
      const key = this.#key(property, scope);
      const keyAt = placeOf(property.key, scope);
      if (key === null) list.putUnknown();
      else if (property.type === "ObjectProperty") {
        const value = this.#evaluate(property.value as Expression, scope);
        list.put(key, { ...keyAt, value, certain: true });
      } else {
        const value: Piece =
          property.kind === "method" ? { kind: "function", ...keyAt, node: property, scope } : other(keyAt);
        list.put(key, { ...keyAt, value, certain: true });
      }
    }
    return { kind: "object", ...place, entries: list.entries, open: list.open };
  }

  #key(property: Pick<ObjectProperty, "key" | "computed">, scope: ModuleScope): string | null {
    const { key, computed } = property;
    if (!computed && key.type === "Identifier") return key.name;
    if (key.type === "PrivateName") return null;
    const piece = this.#evaluate(key as Expression, scope);
    const literal = piece.kind === "other" ? piece.literal : undefined;
    return typeof literal === "string" || typeof literal === "number" ? String(literal) : null;
  }

  /** `…(x && { a })` and `…(x ? { a } : { b })` have these keys perhaps; what is nothing has none. */
  #spread(given: Expression, scope: ModuleScope, list: EntryList, certain: boolean): void {
    const expression = bare(given);
    if (expression.type === "ConditionalExpression") {
      this.#spread(expression.consequent, scope, list, false);
      this.#spread(expression.alternate, scope, list, false);
    } else if (expression.type === "LogicalExpression" && expression.operator === "&&") {
      this.#spread(expression.right, scope, list, false);
    } else if (!isNothing(expression)) {
      const piece = this.#evaluate(expression, scope);
      if (piece.kind === "object") list.putAll(piece, certain);
      else list.putUnknown();
    }
  }

  #list(elements: ReadonlyArray<Node | null>, scope: ModuleScope, place: At): ArrayPiece {
    let list: ArrayPiece = { kind: "array", ...place, head: [], tail: null };
    for (const element of elements) {
      if (element?.type === "SpreadElement") {
        const piece = this.#evaluate(element.argument, scope);
        list = concat(list, piece.kind === "array" ? piece : { head: [], tail: [] });
      } else {
        const piece = element === null ? other(place) : this.#evaluate(element as Expression, scope);
        list = concat(list, { head: [piece], tail: null });
      }
    }
    return list;
  }

  #member(expression: Extract<Expression, { type: "MemberExpression" }>, scope: ModuleScope, place: At): Piece {
    const { object, property, computed } = expression;
    if (object.type === "Super" || property.type === "PrivateName") return other(place);
    const index = computed ? this.#evaluate(property, scope) : null;
    const key =
      property.type === "Identifier" && !computed ? property.name : index?.kind === "other" ? index.literal : undefined;
    const found = object.type === "Identifier" ? scope.find(object.name) : null;
    if (found?.kind === "import" && found.name === null) {
      return this.#imported(found.specifier, String(key), scope, place);
    }
    const piece = this.#evaluate(object, scope);
    if (piece.kind === "array") return (typeof key === "number" ? piece.head[key] : undefined) ?? other(place);
    const entry = piece.kind === "object" ? piece.entries.get(String(key)) : undefined;
    return entry?.certain === true && entry.value !== null ? entry.value : other(place);
  }

  #callExpression({ callee, arguments: given }: CallExpression, scope: ModuleScope, place: At): Piece {
    if (callee.type === "Super" || callee.type === "V8IntrinsicIdentifier" || callee.type === "Import") {
      return other(place);
    }
    const { head, tail } = this.#list(given, scope, place);
    if (tail !== null) return other(place);
    const helper = this.#helper(callee, scope);
    if (helper !== null) return callHelper(helper, head, place);
    if (callee.type === "MemberExpression" && !callee.computed && callee.property.type === "Identifier") {
      const [mapper] = head;
      const list = callee.property.name === "map" ? this.#evaluate(callee.object as Expression, scope) : null;
      if (list?.kind === "array") return mapper?.kind === "function" ? this.#map(list, mapper, place) : other(place);
    }
    const called = this.#evaluate(callee, scope);
    return called.kind === "function" ? this.#call(called, head, place) : other(place);
  }

  /** A name of `define.ts` that no file of the config gives another meaning. */
  #helper(callee: Expression, scope: ModuleScope): string | null {
    if (callee.type === "MemberExpression" && callee.object.type === "Identifier") {
      if (callee.computed || callee.property.type !== "Identifier") return null;
      const module = scope.find(callee.object.name);
      if (module === null) return callee.property.name;
      const foreign = module.kind === "import" && module.name === null && this.#isForeign(module.specifier, scope);
      return foreign ? callee.property.name : null;
    }
    if (callee.type !== "Identifier") return null;
    const binding = scope.find(callee.name);
    if (binding === null) return callee.name;
    return binding.kind === "import" && this.#isForeign(binding.specifier, scope) ? binding.name : null;
  }

  /** A package's, ours among them. */
  #isForeign(specifier: string, { file }: ModuleScope): boolean {
    return this.#open(specifier, file) === null;
  }

  #map(list: ArrayPiece, mapper: FunctionPiece, place: At): ArrayPiece {
    const each = (piece: Piece): Piece => this.#call(mapper, [piece], null);
    return { ...list, ...place, head: list.head.map(each), tail: list.tail?.map(each) ?? null };
  }

  /** What is made by a function stands where it is called, with what is in it where that is written. */
  #call({ node, scope: outer }: FunctionPiece, given: readonly Piece[], place: At | null): Piece {
    const scope = outer.inner();
    const here = place ?? placeOf(node, outer);
    for (const [index, parameter] of node.params.entries()) this.#bind(parameter, given[index], scope, here);
    const returned = node.body.type === "BlockStatement" ? onlyReturn(node.body.body) : node.body;
    if (returned === null || (node.type !== "ArrowFunctionExpression" && node.generator)) return other(here);
    if (node.body.type === "BlockStatement") for (const statement of node.body.body) scope.declare(statement);
    const piece = this.#evaluate(returned, scope);
    return place === null ? piece : moved(piece, node, outer, place);
  }

  #bind(parameter: Node, given: Piece | undefined, scope: ModuleScope, place: At): void {
    if (parameter.type === "AssignmentPattern") {
      const fallback = given === undefined ? this.#evaluate(parameter.right, scope) : given;
      this.#bind(parameter.left, fallback, scope, place);
    } else if (parameter.type === "Identifier") {
      const piece = given ?? { ...other(place), literal: undefined };
      scope.bind(parameter.name, { kind: "piece", piece });
    } else if (parameter.type === "ObjectPattern") {
      for (const property of parameter.properties) {
        if (property.type === "RestElement") {
          this.#bind(property.argument, other(place), scope, place);
          continue;
        }
        const key = this.#key(property, scope);
        const entry = given?.kind === "object" && key !== null ? given.entries.get(key) : undefined;
        const absent = given?.kind === "object" && !given.open && key !== null && entry === undefined;
        const value = entry?.certain === true ? (entry.value ?? other(place)) : absent ? undefined : other(place);
        this.#bind(property.value, value, scope, place);
      }
    } else if (parameter.type === "RestElement") {
      this.#bind(parameter.argument, other(place), scope, place);
    }
  }
}

function placeOf(node: Node, scope: ModuleScope): At {
  return { at: node.start ?? 0, source: scope.source };
}

function other({ at, source }: At): Extract<Piece, { kind: "other" }> {
  return { kind: "other", at, source };
}

/** To the call; but a plain value stays where it is written, and what the function was given too. */
function moved(piece: Piece, { start, end }: Node, { source }: ModuleScope, place: At): Piece {
  const within = piece.source === source && piece.at >= (start ?? 0) && piece.at < (end ?? 0);
  const plain = piece.kind === "other" ? "literal" in piece || !within : piece.kind === "function";
  return plain ? piece : { ...piece, at: place.at, source: place.source };
}

function isNothing(expression: Expression): boolean {
  return (
    expression.type === "NullLiteral" ||
    expression.type === "BooleanLiteral" ||
    (expression.type === "Identifier" && expression.name === "undefined")
  );
}

/** What a function's body returns; null when that is decided as it runs. */
function onlyReturn(body: readonly Statement[]): Expression | null {
  const last = body.at(-1);
  if (last?.type !== "ReturnStatement" || !last.argument) return null;
  return body.slice(0, -1).some(returns) ? null : last.argument;
}

/** Whether a return stands in this statement, functions within it aside. */
function returns(node: Node): boolean {
  if (node.type === "ReturnStatement") return true;
  if (/Function|Method|Class/.test(node.type)) return false;
  return Object.values(node).some((part: unknown) =>
    Array.isArray(part)
      ? part.some((single: unknown) => isStatement(single) && returns(single))
      : isStatement(part) && returns(part),
  );
}

function isStatement(part: unknown): part is Node {
  return (
    typeof part === "object" && part !== null && "type" in part && /Statement|Switch|Catch/.test(String(part.type))
  );
}

/** As `define.ts` does it. */
function callHelper(name: string, [first, second]: readonly Piece[], place: At): Piece {
  if (first === undefined) return other(place);
  if (name === "defineConfig") return first;
  if (name !== "pool" && name !== "route") return other(place);
  const list = new EntryList();
  if (second?.kind === "object") list.putAll(second);
  else if (second !== undefined) list.putUnknown();
  const entry = (value: Piece, { at, source }: At = place): Entry => ({ at, source, value, certain: true });
  if (name === "pool") {
    // A target alone becomes a list; of what is not known nobody can say whether it is one.
    const alone = first.kind === "object" || (first.kind === "other" && first.literal !== undefined);
    list.put("targets", entry(alone ? { ...place, kind: "array", head: [first], tail: null } : first, first));
  } else {
    const match = new EntryList();
    match.put("path", entry(first, first));
    const rest = list.entries.get("match");
    if (rest?.value?.kind === "object") match.putAll(rest.value, rest.certain);
    else if (rest !== undefined || list.open) match.putUnknown();
    list.put("match", entry({ kind: "object", ...place, entries: match.entries, open: match.open }));
  }
  return { kind: "object", ...place, entries: list.entries, open: list.open };
}
