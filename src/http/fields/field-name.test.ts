import { expect, test } from "bun:test";
import { FIELD_NAMES } from "../../contract/field-id.ts";
import { fieldId } from "./field-name.ts";

const idOf = (name: string): number => fieldId(Buffer.from(name, "latin1"), 0, name.length);

test("every known name is found in any case", () => {
  for (const [id, name] of FIELD_NAMES.entries()) {
    if (name === "") continue;
    expect([name, idOf(name), idOf(name.toUpperCase())]).toEqual([name, id, id]);
  }
});

test("no other token is", () => {
  for (const name of FIELD_NAMES.slice(1)) {
    const others = [`${name}x`, `x${name}`, name.slice(1), name.slice(0, -1), name.replace("-", "_")];
    for (const other of others) if (!FIELD_NAMES.includes(other)) expect([other, idOf(other)]).toEqual([other, 0]);
    // Each character in turn replaced by every other one that a token may hold.
    for (let at = 0; at < name.length; at++) {
      for (const character of "!#$%&'*+.^_`|~-0189azmqt") {
        const other = name.slice(0, at) + character + name.slice(at + 1);
        if (!FIELD_NAMES.includes(other)) expect([other, idOf(other)]).toEqual([other, 0]);
      }
    }
  }
  expect(idOf("x")).toBe(0);
});
