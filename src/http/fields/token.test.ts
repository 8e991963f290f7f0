import { describe, expect, test } from "bun:test";
import { FIELD_VALUE, REG_NAME, TCHAR, UNRESERVED } from "./characters.ts";
import { isToken, token } from "./field-name.ts";

describe("character classes", () => {
  const expectClass = (table: Uint8Array, pattern: RegExp): void => {
    for (let byte = 0; byte < 256; byte++) {
      expect([byte, table[byte] === 1]).toEqual([byte, pattern.test(String.fromCharCode(byte))]);
    }
  };
  test("tchar (RFC 9110 §5.6.2)", () => expectClass(TCHAR, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/));
  test("field content (RFC 9110 §5.5)", () => expectClass(FIELD_VALUE, /^[\t\x20-\x7e\x80-\xff]$/));
  test("unreserved (RFC 3986 §2.3)", () => expectClass(UNRESERVED, /^[A-Za-z0-9\-._~]$/));
  test("reg-name (RFC 3986 §3.2.2)", () => expectClass(REG_NAME, /^[A-Za-z0-9\-._~!$&'()*+,;=]$/));
});

test("tokens are compared without regard to case", () => {
  const close = token("close");
  const is = (text: string): boolean => isToken(Buffer.from(`-${text}-`, "latin1"), 1, text.length + 1, close);
  expect([is("close"), is("CLOSE"), is("cLoSe")]).toEqual([true, true, true]);
  expect([is("clos"), is("closed"), is(""), is("cl\xefse"), is("c!ose")]).toEqual([false, false, false, false, false]);
  expect(() => token("Close")).toThrow(RangeError);
});
