import { CR, DOUBLE_QUOTE, EQUALS, FIELD_VALUE, HTAB, BACKSLASH, SEMICOLON, SP, TCHAR } from "../fields/characters.ts";

/**
 * The grammar of chunk extensions (RFC 9112 §7.1.1) as a table of states and character classes:
 *
 *     chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
 *
 * Extensions are dropped, since they belong to one hop, but they are checked: what a lenient recipient reads as the
 * end of the line or of a quoted string decides where the chunk begins.
 */

const MALFORMED = 0;
/** White space after the size: only another extension may follow. */
export const BEFORE_SEMICOLON = 1;
/** Right after `;`. */
export const BEFORE_NAME = 2;
const NAME = 3;
const AFTER_NAME = 4;
const BEFORE_VALUE = 5;
const VALUE = 6;
const QUOTED = 7;
const ESCAPED = 8;
const AFTER_QUOTED = 9;
/** CR came where the line may end. */
export const EXTENSION_END = 10;

const TOKEN = 1;
const WHITE = 2;
const SEMI = 3;
const EQUAL = 4;
const QUOTE = 5;
const ESCAPE = 6;
const OTHER = 7;
const END = 8;
const CLASSES = 16;

/** Class of each byte; 0 can stand nowhere. */
const CLASS = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) CLASS[byte] = TCHAR[byte] === 1 ? TOKEN : FIELD_VALUE[byte] === 1 ? OTHER : 0;
CLASS[SP] = CLASS[HTAB] = WHITE;
CLASS[SEMICOLON] = SEMI;
CLASS[EQUALS] = EQUAL;
CLASS[DOUBLE_QUOTE] = QUOTE;
CLASS[BACKSLASH] = ESCAPE;
CLASS[CR] = END;

const NEXT = new Uint8Array((EXTENSION_END + 1) * CLASSES);

function from(state: number, to: ReadonlyArray<readonly [classOf: number, next: number]>): void {
  for (const [classOf, next] of to) NEXT[state * CLASSES + classOf] = next;
}

from(BEFORE_SEMICOLON, [
  [WHITE, BEFORE_SEMICOLON],
  [SEMI, BEFORE_NAME],
]);
from(BEFORE_NAME, [
  [WHITE, BEFORE_NAME],
  [TOKEN, NAME],
]);
from(NAME, [
  [TOKEN, NAME],
  [WHITE, AFTER_NAME],
  [EQUAL, BEFORE_VALUE],
  [SEMI, BEFORE_NAME],
  [END, EXTENSION_END],
]);
from(AFTER_NAME, [
  [WHITE, AFTER_NAME],
  [EQUAL, BEFORE_VALUE],
  [SEMI, BEFORE_NAME],
]);
from(BEFORE_VALUE, [
  [WHITE, BEFORE_VALUE],
  [TOKEN, VALUE],
  [QUOTE, QUOTED],
]);
from(VALUE, [
  [TOKEN, VALUE],
  [WHITE, BEFORE_SEMICOLON],
  [SEMI, BEFORE_NAME],
  [END, EXTENSION_END],
]);
from(QUOTED, [
  [TOKEN, QUOTED],
  [WHITE, QUOTED],
  [SEMI, QUOTED],
  [EQUAL, QUOTED],
  [OTHER, QUOTED],
  [ESCAPE, ESCAPED],
  [QUOTE, AFTER_QUOTED],
]);
from(ESCAPED, [
  [TOKEN, QUOTED],
  [WHITE, QUOTED],
  [SEMI, QUOTED],
  [EQUAL, QUOTED],
  [OTHER, QUOTED],
  [ESCAPE, QUOTED],
  [QUOTE, QUOTED],
]);
from(AFTER_QUOTED, [
  [WHITE, BEFORE_SEMICOLON],
  [SEMI, BEFORE_NAME],
  [END, EXTENSION_END],
]);

/** The state after this byte; 0 when it cannot stand there. */
export function nextExtensionState(state: number, byte: number): number {
  return NEXT[state * CLASSES + CLASS[byte]!]!;
}

export { MALFORMED as EXTENSION_MALFORMED };
