/** The options of the types that a person writes a config by, read from their source: interfaces and unions of them. */

export interface WrittenOption {
  /** As `options` of a schema has it: lists and records are "*". */
  readonly path: string;
  readonly required: boolean;
}

/** Every property of the interface `root`, and of the types behind it, as far as these are in the sources. */
export function writtenOptions(sources: readonly string[], root: string): WrittenOption[] {
  const types = new Map<string, string>();
  for (const source of sources) {
    const text = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    for (const [, name, parent, body] of text.matchAll(
      /^export interface (\w+)(?:<.*?>)?(?: extends (\w+))? (\{[\s\S]*?^\})/gm,
    )) {
      types.set(name!, parent === undefined ? body! : `${parent} | ${body!}`);
    }
    for (const [, name, type] of text.matchAll(
      /^export type (\w+)(?:<.*?>)? =([\s\S]*?);$(?=\s*(?:export|$(?![\s\S])))/gm,
    ))
      types.set(name!, type!);
  }
  const found = new Map<string, WrittenOption>();
  for (const option of membersOf(root, "", types)) found.set(option.path, found.get(option.path) ?? option);
  return [...found.values()];
}

function membersOf(type: string, prefix: string, types: ReadonlyMap<string, string>): WrittenOption[] {
  return split(type, "|").flatMap((part): WrittenOption[] => {
    const joined = split(part, "&");
    if (joined.length > 1) return joined.flatMap((one) => membersOf(one, prefix, types));
    const choice = /^ExactlyOne<(.*)>$/s.exec(part)?.[1];
    if (choice !== undefined) {
      const depth = prefix.split(".").length;
      const options = membersOf(choice, prefix, types);
      return options.map((one) => (one.path.split(".").length === depth ? { ...one, required: false } : one));
    }
    const list = /^readonly (.*)\[\]$/s.exec(part) ?? /^(?:ReadonlyArray|OneOrMany)<(.*)>$/s.exec(part);
    const record = /^(?:Readonly<)?Record<(?:string|Pool), (.*?)>>?$/s.exec(part);
    if (list !== null || record !== null) return membersOf((list ?? record)![1]!, `${prefix}*.`, types);
    if (part.startsWith("{")) {
      return split(part.slice(1, -1), ";").flatMap((member) => {
        const free = /^readonly \[\w+: string\]:(.*)$/s.exec(member)?.[1];
        if (free !== undefined) return membersOf(free, `${prefix}*.`, types);
        const [, name, mark, inner] = /^(?:readonly )?(\w+)(\??):(.*)$/s.exec(member) ?? [];
        if (name === undefined) throw new Error(`not understood: ${member}`);
        const path = prefix + name;
        return [{ path, required: mark === "" }, ...membersOf(inner!, `${path}.`, types)];
      });
    }
    const known = types.get(part.replace(/<.*>$/s, ""));
    return known === undefined ? [] : membersOf(known, prefix, types);
  });
}

/** At a separator outside of every bracket. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of text) {
    if ("{<([".includes(character)) depth++;
    if ("}>)]".includes(character)) depth--;
    if (character === separator && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part].map((one) => one.trim()).filter((one) => one !== "");
}

/** Properties of the exported interfaces without a comment of their own, which editors show: `Config.limits`. */
export function withoutWords(source: string): string[] {
  const bare: string[] = [];
  let type = "";
  let before = "";
  for (const line of source.split("\n")) {
    type = /^export (?:interface|type) (\w+)/.exec(line)?.[1] ?? type;
    const name = /^ +(?:readonly )?(\w+)\??: /.exec(line)?.[1];
    if (name !== undefined && type !== "" && !before.endsWith("*/")) bare.push(`${type}.${name}`);
    if (/^\S.*[};]$|^}/.test(line)) type = "";
    before = line;
  }
  return bare;
}
