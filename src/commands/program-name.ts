/** How this program was called, for messages that say what to call next. */
import { basename, delimiter, dirname, extname, isAbsolute, relative } from "node:path";
import { isCompiled } from "../../examples/shop/is-compiled.ts";

export interface StartFacts {
  /** The word that named the program. */
  readonly argv0: string;
  /** The script that was named, links not followed; "" when there is none. */
  readonly script: string;
  readonly compiled: boolean;
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
}

const NPX = "npx roundtrip";

/** "npx roundtrip", "roundtrip", "node bin/roundtrip.mjs", "./dist/roundtrip": so that it can be copied to a shell. */
export function programName(facts: StartFacts = factsOfProcess()): string {
  const { argv0, script, compiled, cwd, environment } = facts;
  if (compiled) return quoted(isAbsolute(argv0) && isOnPath(argv0, environment) ? basename(argv0) : argv0);
  // npm tells what it starts: by `npx`, and in scripts, beside which `npx` finds the same.
  if ((environment["npm_command"] ?? "") !== "") return NPX;
  if (script === "") return "roundtrip";
  const path = quoted(shortest(script, cwd));
  switch (extname(script)) {
    case ".mjs":
      return `node ${path}`;
    case ".ts":
      return `bun ${path}`;
    default:
      // The link that npm makes.
      if (isOnPath(script, environment)) return basename(script);
      return dirname(script).endsWith("node_modules/.bin") ? NPX : path;
  }
}

function factsOfProcess(): StartFacts {
  const { argv, argv0, env } = process;
  return { argv0, script: argv[1] ?? "", compiled: isCompiled(), cwd: process.cwd(), environment: env };
}

function isOnPath(file: string, environment: NodeJS.ProcessEnv): boolean {
  return (environment["PATH"] ?? "").split(delimiter).includes(dirname(file));
}

function shortest(file: string, cwd: string): string {
  const below = relative(cwd, file);
  if (below === "" || below.startsWith("..") || isAbsolute(below)) return file;
  // A bare name would be looked for on the path.
  return below.includes("/") || extname(below) !== "" ? below : `./${below}`;
}

function quoted(path: string): string {
  return /^[\w./:@%+=~\\-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
