/**
 * Path patterns as the config writes them.
 *
 * A path is the list of what stands between its slashes: "/a/b" is [a, b], "/a/" is [a, ""], "/" is [""].
 * A pattern matches segment by segment, case-sensitively (RFC 3986 §6.2.2.1): a static segment matches itself,
 * ":name" any one segment that is not empty, and a final "*" any number of further segments, also none.
 * So "/a/*" matches "/a", "/a/" and "/a/b/c" but not "/ab".
 *
 * "~ ^/a/\\d+$" is a regular expression (`path-regex/`): it stands where the literal segments that it begins with stand,
 * followed by "*", and is asked there.
 */
import { ByteAutomaton } from "./path-regex/byte-automaton.ts";
import { parseRegex, literalStart } from "./path-regex/parse-regex.ts";

export interface PathPattern {
  /** Canonical text, which names parameters as they were written. */
  readonly text: string;
  readonly segments: readonly PathSegment[];
  /** It ends with "*". */
  readonly prefix: boolean;
  /** In the order of the segments. */
  readonly parameters: readonly string[];
  /** What the whole path must match besides. */
  readonly regex: ByteAutomaton | null;
}

export interface PathSegment {
  /** Static text in the form of `matchedPath`; of a parameter its name. */
  readonly text: string;
  readonly parameter: boolean;
}

/** Every path: what a route without paths has. */
export const ANY_PATH: PathPattern = { text: "/*", segments: [], prefix: true, parameters: [], regex: null };

const PARAMETER = /^:[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws a RangeError that names the pattern and what is wrong with it. */
export function parsePathPattern(pattern: string): PathPattern {
  if (pattern.startsWith(REGEX)) return parseRegexPattern(pattern);
  const bad = (why: string): RangeError => new RangeError(`path "${pattern}" ${why}`);
  if (!pattern.startsWith("/")) throw bad('does not begin with "/"');
  if (/[?#]/.test(pattern)) throw bad('holds "?" or "#", which are not part of a path');
  const words = pattern.slice(1).split("/");
  const prefix = words.at(-1) === "*";
  if (prefix) words.pop();
  const segments = words.map((word, index): PathSegment => {
    if (word.includes("*")) throw bad('has a "*" that is not its whole last segment');
    if (word === "" && (prefix || index < words.length - 1)) throw bad("has an empty segment");
    if (word === "." || word === "..") throw bad("has a dot segment, which a normalised path never holds");
    if (!word.startsWith(":")) return { text: canonicalSegment(word, bad), parameter: false };
    if (!PARAMETER.test(word)) throw bad(`has "${word}" where a parameter such as ":id" is expected`);
    return { text: word.slice(1), parameter: true };
  });
  const parameters = segments.filter((segment) => segment.parameter).map((segment) => segment.text);
  if (new Set(parameters).size < parameters.length) throw bad("names a parameter twice");
  const written = segments.map((segment) => (segment.parameter ? `:${segment.text}` : literal(segment.text)));
  const text = `/${[...written, ...(prefix ? ["*"] : [])].join("/")}`;
  return { text, segments, prefix, parameters, regex: null };
}

/** What the text of a regular expression begins with. */
export const REGEX = "~ ";

function parseRegexPattern(text: string): PathPattern {
  const node = parseRegex(text.slice(REGEX.length));
  const words = literalStart(node).split("/").slice(1, -1);
  const odd = words.findIndex((word) => word === "" || word === "." || word === "..");
  const segments = (odd === -1 ? words : words.slice(0, odd)).map((word) => ({ text: word, parameter: false }));
  return { text, segments, prefix: true, parameters: [], regex: new ByteAutomaton(node) };
}

/** The pattern where case does not count: its static segments are in lower case, as the paths are that are compared. */
export function ignoringCase(pattern: PathPattern): PathPattern {
  const segments = pattern.segments.map(({ text, parameter }) => ({
    text: parameter ? text : text.toLowerCase(),
    parameter,
  }));
  const { text } = pattern;
  const regex = pattern.regex === null ? null : new ByteAutomaton(parseRegex(text.slice(REGEX.length), true));
  return { ...pattern, segments, regex };
}

/**
 * Names of the parameters of a route with these paths, in the order of its values. Paths may leave out parameters
 * from the end ("/users", "/users/:id"), but not order or name them differently, or a value would have two meanings:
 * then a RangeError.
 */
export function parameterNames(patterns: readonly PathPattern[]): readonly string[] {
  let longest = patterns[0];
  for (const pattern of patterns) {
    if (longest === undefined || pattern.parameters.length > longest.parameters.length) longest = pattern;
  }
  if (longest === undefined) return [];
  for (const pattern of patterns) {
    if (pattern.parameters.some((name, index) => name !== longest.parameters[index])) {
      throw new RangeError(
        `paths "${longest.text}" and "${pattern.text}" of one route name their parameters differently`,
      );
    }
  }
  return longest.parameters;
}

/** Text of a segment, written so that it means nothing but itself. */
function literal(text: string): string {
  return text.replace(/^:/, "%3A").replaceAll("*", "%2A");
}

/** Two patterns with the same key match the same paths. */
export function pathKey(pattern: PathPattern): string {
  if (pattern.regex !== null) return pattern.text;
  // No text holds a slash, but it may be ":" or "*", written as an escape.
  const words = pattern.segments.map((segment) => (segment.parameter ? "/:" : segment.text));
  return `/${[...words, ...(pattern.prefix ? ["/*"] : [])].join("/")}`;
}

/**
 * The order of precedence: negative when `a` goes first. Segment by segment from the left a static segment goes before
 * a parameter, and both before "*"; so of two prefixes the longer goes first, and of one prefix a regular expression. Of patterns that no path matches both
 * the order is only there to be the same always.
 */
export function comparePathPatterns(a: PathPattern, b: PathPattern): number {
  const length = Math.min(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index++) {
    const left = a.segments[index]!;
    const right = b.segments[index]!;
    if (left.parameter !== right.parameter) return left.parameter ? 1 : -1;
    if (!left.parameter && left.text !== right.text) return left.text < right.text ? -1 : 1;
  }
  if (a.segments.length !== b.segments.length) return b.segments.length - a.segments.length;
  return Number(a.prefix) - Number(b.prefix) || Number(b.regex !== null) - Number(a.regex !== null);
}

/** RFC 3986 §3.3: pchar, less the escapes. */
const PATH_CHARACTER = /[!$&'()*+,;=:@A-Za-z0-9\-._~]/;

/**
 * The form in which a head's path is compared (`matchedPath`): escapes of what may stand in a path decoded, other
 * escapes in upper case, what cannot stand in a path escaped as UTF-8.
 */
function canonicalSegment(word: string, bad: (why: string) => RangeError): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(word)) throw bad('has a "%" without two hexadecimal digits behind it');
  if (!word.isWellFormed()) throw bad("is not well-formed Unicode");
  const decoded = word.replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return PATH_CHARACTER.test(character) ? character : escape.toUpperCase();
  });
  return decoded.replace(/[^!$%&'()*+,;=:@A-Za-z0-9\-._~]/gu, (character) => encodeURIComponent(character));
}
