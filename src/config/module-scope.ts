/** The names of a module and of its functions, and what they stand for. */
import { parse } from "@babel/parser";
import type { Expression, Node, Statement } from "@babel/types";
import type { Binding } from "./module-piece.ts";
import type { Source } from "../schema/source.ts";

const UNKNOWN: Binding = { kind: "unknown" };

export class ModuleScope {
  /** The file's absolute path, from which its imports are resolved. */
  readonly file: string;
  readonly source: Source;
  readonly #bindings = new Map<string, Binding>();
  readonly #outer: ModuleScope | null;
  readonly #changed: ReadonlySet<string>;

  constructor(file: string, source: Source, changed: ReadonlySet<string>, outer: ModuleScope | null) {
    this.file = file;
    this.source = source;
    this.#changed = changed;
    this.#outer = outer;
  }

  inner(): ModuleScope {
    return new ModuleScope(this.file, this.source, this.#changed, this);
  }

  /** What is assigned to or changed in place anywhere in the file is not what the text says where it is declared. */
  bind(name: string, binding: Binding): void {
    this.#bindings.set(name, this.#changed.has(name) ? UNKNOWN : binding);
  }

  /** Null: it is declared nowhere. */
  find(name: string): Binding | null {
    return this.#bindings.get(name) ?? this.#outer?.find(name) ?? null;
  }

  declare(statement: Statement): void {
    switch (statement.type) {
      case "VariableDeclaration":
        for (const { id, init } of statement.declarations) {
          if (id.type === "Identifier" && init) this.bind(id.name, { kind: "value", init, scope: this });
          else for (const name of namesIn(id)) this.bind(name, UNKNOWN);
        }
        break;
      case "FunctionDeclaration":
        if (statement.id) this.bind(statement.id.name, { kind: "function", node: statement, scope: this });
        break;
      case "ClassDeclaration":
        if (statement.id) this.bind(statement.id.name, UNKNOWN);
        break;
      case "ImportDeclaration":
        for (const imported of statement.specifiers) {
          const specifier = statement.source.value;
          const name = importedName(imported);
          // A whole module cannot be changed by its importer: `roundtrip.route(…)` is a call, no change.
          if (name === null) this.#bindings.set(imported.local.name, { kind: "import", specifier, name });
          else this.bind(imported.local.name, { kind: "import", specifier, name });
        }
        break;
      case "ExportNamedDeclaration":
        if (statement.declaration) this.declare(statement.declaration);
        break;
      default:
    }
  }
}

type Imported = Extract<Statement, { type: "ImportDeclaration" }>["specifiers"][number];

function importedName(imported: Imported): string | null {
  if (imported.type === "ImportNamespaceSpecifier") return null;
  return imported.type === "ImportDefaultSpecifier" ? "default" : nameOf(imported.imported);
}

function nameOf(name: { type: "Identifier"; name: string } | { type: "StringLiteral"; value: string }): string {
  return name.type === "Identifier" ? name.name : name.value;
}

export interface ParsedModule {
  readonly scope: ModuleScope;
  readonly exported: ReadonlyMap<string, Binding>;
}

/** @throws SyntaxError, or RangeError for a text nested beyond the stack. */
export function parseModule(file: string, source: Source): ParsedModule {
  const script = /\.m?js$/.test(file);
  const { program } = parse(source.text, { sourceType: "module", plugins: script ? [] : ["typescript"] });
  const changed = new Set<string>();
  collectChanged(program, changed);
  const scope = new ModuleScope(file, source, changed, null);
  const exported = new Map<string, Binding>();
  for (const statement of program.body) scope.declare(statement);
  for (const statement of program.body) {
    if (statement.type === "ExportDefaultDeclaration") {
      exported.set("default", defaultOf(statement.declaration, scope));
    } else if (statement.type === "ExportNamedDeclaration") {
      for (const [name, binding] of namedExports(statement, scope)) exported.set(name, binding);
    }
  }
  return { scope, exported };
}

function defaultOf(
  node: Extract<Statement, { type: "ExportDefaultDeclaration" }>["declaration"],
  scope: ModuleScope,
): Binding {
  if (node.type === "FunctionDeclaration") return { kind: "function", node, scope };
  if (node.type === "ClassDeclaration" || node.type === "TSDeclareFunction") return UNKNOWN;
  return { kind: "value", init: node, scope };
}

function namedExports(
  statement: Extract<Statement, { type: "ExportNamedDeclaration" }>,
  scope: ModuleScope,
): Array<[string, Binding]> {
  const { declaration, specifiers, source } = statement;
  const declared =
    declaration?.type === "VariableDeclaration"
      ? declaration.declarations.flatMap(({ id }) => namesIn(id))
      : declaration?.type === "FunctionDeclaration" && declaration.id
        ? [declaration.id.name]
        : [];
  return [
    ...declared.map((name): [string, Binding] => [name, scope.find(name) ?? UNKNOWN]),
    ...specifiers.map((specifier): [string, Binding] => {
      const name = nameOf(specifier.exported);
      if (specifier.type === "ExportNamespaceSpecifier") {
        return [name, { kind: "import", specifier: source?.value ?? "", name: null }];
      }
      if (specifier.type !== "ExportSpecifier") return [name, UNKNOWN];
      if (source) return [name, { kind: "import", specifier: source.value, name: specifier.local.name }];
      return [name, scope.find(specifier.local.name) ?? UNKNOWN];
    }),
  ];
}

/** The names that a pattern binds. */
function namesIn(pattern: Node): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((part) => namesIn(part.type === "RestElement" ? part : part.value));
    case "ArrayPattern":
      return pattern.elements.flatMap((part) => (part === null ? [] : namesIn(part)));
    case "RestElement":
      return namesIn(pattern.argument);
    case "AssignmentPattern":
      return namesIn(pattern.left);
    default:
      return [];
  }
}

/** Methods of lists that leave the list as it is. */
const READING = new Set(
  "at concat entries every filter find findIndex flat flatMap forEach includes indexOf join keys map slice some toString values".split(
    " ",
  ),
);

/** Names that are assigned to, or whose object is: `a = …`, `a.b++`, `delete a.b`, `a.b.push(…)`, `Object.assign(a, …)`. */
function collectChanged(node: Node, changed: Set<string>): void {
  const add = (target: Node): void => {
    for (const name of [...namesIn(target), rootName(target)]) if (name !== null) changed.add(name);
  };
  switch (node.type) {
    case "AssignmentExpression":
      add(node.left);
      break;
    case "ForInStatement":
    case "ForOfStatement":
      add(node.left);
      break;
    case "UpdateExpression":
      add(node.argument);
      break;
    case "UnaryExpression":
      if (node.operator === "delete") add(node.argument);
      break;
    case "CallExpression":
      collectCall(node.callee, node.arguments[0], add);
      break;
    default:
  }
  for (const child of childrenOf(node)) collectChanged(child, changed);
}

function collectCall(callee: Node, first: Node | undefined, add: (target: Node) => void): void {
  if (callee.type !== "MemberExpression") return;
  const method = callee.property.type === "Identifier" && !callee.computed ? callee.property.name : "";
  if (!READING.has(method)) add(callee.object);
  if (callee.object.type === "Identifier" && callee.object.name === "Object" && first !== undefined) add(first);
}

/** "a" of `a.b[0].c`. */
function rootName(node: Node): string | null {
  let at: Node = node;
  while (at.type === "MemberExpression" || at.type === "TSNonNullExpression" || at.type === "TSAsExpression") {
    at = at.type === "MemberExpression" ? at.object : at.expression;
  }
  return at.type === "Identifier" ? at.name : null;
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((part: unknown) => (Array.isArray(part) ? part : [part]).filter(isNode));
}

function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && "type" in part && "start" in part && "end" in part;
}

/** The expression within what only concerns types: `x as T`, `x satisfies T`, `x!`, and `await x`. */
export function bare(expression: Expression): Expression {
  switch (expression.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "ParenthesizedExpression":
      return bare(expression.expression);
    case "AwaitExpression":
      return bare(expression.argument);
    default:
      return expression;
  }
}
