/**
 * Where the values of a TypeScript config stand: the object of `export default`, followed through `defineConfig`,
 * `route`, `pool`, constants of the same file and spreads of them. Best effort: what is computed has no place, and a
 * problem there is reported at the nearest part around it.
 */
import { readExpression } from "./module-expression.ts";
import type { Expression, Item } from "./module-expression.ts";
import { ModuleScanner } from "./module-scanner.ts";
import type { SourceEntry, SourceNode } from "../schema/source.ts";

/** Constants that may refer to constants; a circle ends here. */
const MAX_HOPS = 20;

/** The tree of the default export, or null when there is none that can be followed. */
export function readModuleTree(text: string): SourceNode | null {
  try {
    const scanner = new ModuleScanner(text);
    const { exported, constants } = findTopLevel(scanner);
    if (exported === -1) return null;
    scanner.at = exported;
    return new Resolver(scanner, constants).resolve(readExpression(scanner), 0);
  } catch (error) {
    // A text nested beyond the scanner's bound: problems then name the file alone.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Offsets behind `export default` (-1: none) and behind the `=` of every constant. */
function findTopLevel(scanner: ModuleScanner): { exported: number; constants: Map<string, number> } {
  const constants = new Map<string, number>();
  let exported = -1;
  while (!scanner.done) {
    const word = scanner.word();
    if (word === "export" && followedBy(scanner, "default")) exported = scanner.at;
    if (word === "const" || word === "let" || word === "var") {
      const name = scanner.word();
      while (!scanner.done && !"=;".includes(scanner.peek())) scanner.skip();
      if (scanner.accept("=")) constants.set(name, scanner.at);
    } else if (word === "") {
      scanner.skip();
    }
  }
  return { exported, constants };
}

function followedBy(scanner: ModuleScanner, word: string): boolean {
  const before = scanner.at;
  if (scanner.word() === word) return true;
  scanner.at = before;
  return false;
}

class Resolver {
  private readonly scanner: ModuleScanner;
  private readonly constants: ReadonlyMap<string, number>;

  constructor(scanner: ModuleScanner, constants: ReadonlyMap<string, number>) {
    this.scanner = scanner;
    this.constants = constants;
  }

  resolve(expression: Expression, hops: number): SourceNode {
    const { at } = expression;
    if (hops > MAX_HOPS) return { kind: "other", at };
    switch (expression.kind) {
      case "object":
        return { kind: "object", at, entries: this.entries(expression, hops) };
      case "array":
        return { kind: "array", at, items: this.items(expression.items, hops) };
      case "name":
        return this.constant(expression.name, at, hops);
      case "call":
        return this.call(expression.name, at, this.items(expression.items, hops));
      case "other":
        return { kind: "other", at };
    }
  }

  private constant(name: string, at: number, hops: number): SourceNode {
    const offset = this.constants.get(name);
    if (offset === undefined) return { kind: "other", at };
    this.scanner.at = offset;
    return this.resolve(readExpression(this.scanner), hops + 1);
  }

  private entries(object: Extract<Expression, { kind: "object" }>, hops: number): SourceEntry[] {
    return object.members.flatMap(({ key, keyAt, value }): readonly SourceEntry[] => {
      const node = this.resolve(value, hops + 1);
      if (key !== null) return [{ key, keyAt, value: node }];
      return node.kind === "object" ? node.entries : [];
    });
  }

  /** Behind a spread of unknown length no index is known: the list ends there. */
  private items(items: readonly Item[], hops: number): SourceNode[] {
    const nodes: SourceNode[] = [];
    for (const { spread, value } of items) {
      const node = this.resolve(value, hops + 1);
      if (!spread) nodes.push(node);
      else if (node.kind === "array") nodes.push(...node.items);
      else break;
    }
    return nodes;
  }

  /** The helpers of `define.ts`, and no other functions. */
  private call(name: string, at: number, parameters: readonly SourceNode[]): SourceNode {
    const [first, second] = parameters;
    if (first === undefined) return { kind: "other", at };
    const rest = second?.kind === "object" ? second.entries : [];
    if (name === "defineConfig") return first;
    if (name === "pool")
      return { kind: "object", at, entries: [{ key: "targets", keyAt: first.at, value: first }, ...rest] };
    if (name !== "route") return { kind: "other", at };
    const match = rest.findLast((entry) => entry.key === "match")?.value;
    const path: SourceEntry = { key: "path", keyAt: first.at, value: first };
    const entries = [path, ...(match?.kind === "object" ? match.entries : [])];
    const others = rest.filter((entry) => entry.key !== "match");
    return {
      kind: "object",
      at,
      entries: [{ key: "match", keyAt: at, value: { kind: "object", at, entries } }, ...others],
    };
  }
}
