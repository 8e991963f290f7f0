/** `env:NAME` in YAML and JSON: a value that is taken from an environment variable. */
import { z } from "zod";
import { ConfigError, type ConfigPath, type ConfigProblem } from "../schema/problem.ts";
import type { Source } from "../schema/source.ts";
import { schemasAt } from "../schema/walk.ts";

type Schema = z.core.$ZodType;
type Environment = Readonly<Record<string, string | undefined>>;

/** A whole value, and what a shell takes for a name: other text with a colon in it stays as it is. */
const REFERENCE = /^env:([A-Za-z_]\w*)$/;

/** The config with the values of the variables. Throws `ConfigError` with every one that is not set. */
export function withEnvironment(
  value: unknown,
  schema: Schema,
  source: Source,
  environment: Environment = process.env,
): unknown {
  const reader = new Reader(schema, source, environment);
  const read = reader.read(value, []);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return read;
}

class Reader {
  readonly problems: ConfigProblem[] = [];
  readonly #schema: Schema;
  readonly #source: Source;
  readonly #environment: Environment;
  /** YAML's aliases share parts, and can build circles. */
  readonly #done = new Map<object, unknown>();

  constructor(schema: Schema, source: Source, environment: Environment) {
    this.#schema = schema;
    this.#source = source;
    this.#environment = environment;
  }

  read(value: unknown, path: ConfigPath): unknown {
    if (typeof value === "string") return this.#readText(value, path);
    if (typeof value !== "object" || value === null) return value;
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      this.#done.set(value, list);
      for (const [index, item] of value.entries()) list.push(this.read(item, [...path, index]));
      return list;
    }
    const fields: Record<string, unknown> = {};
    this.#done.set(value, fields);
    for (const [key, part] of Object.entries(value)) {
      Object.defineProperty(fields, key, {
        value: this.read(part, [...path, key]),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return fields;
  }

  #readText(text: string, path: ConfigPath): unknown {
    const name = REFERENCE.exec(text)?.[1];
    if (name === undefined) return text;
    const found = this.#environment[name];
    if (found !== undefined) return this.#fitting(found, path);
    const message = `the environment variable ${name} is not set`;
    const problem = this.#source.problem(this.#source.locate(path), { path, value: text, message, expected: "" });
    this.problems.push({ ...problem, remedy: `Set it where the edge is started: ${name}=…; a .env file is not read.` });
    return text;
  }

  /** Text, unless only a number or a truth value can stand there. */
  #fitting(text: string, path: ConfigPath): unknown {
    const other = SCALAR.test(text) ? (JSON.parse(text) as unknown) : text;
    if (other === text) return text;
    const schemas = schemasAt(this.#schema, path);
    const takes = (candidate: unknown): boolean =>
      schemas.some((schema) => z.core.safeParse(schema, candidate).success);
    return !takes(text) && takes(other) ? other : text;
  }
}

/** As JSON has them. */
const SCALAR = /^(?:true|false|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?)$/;
