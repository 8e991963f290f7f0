import { expect, test } from "bun:test";
import { acceptedCodings } from "./negotiate.ts";

test.each([
  [undefined, ""],
  ["", ""],
  ["identity", ""],
  ["deflate", ""],
  ["gzip, deflate, br, zstd", "zstd=1 br=1 gzip=1"],
  ["gzip;q=0.5, br;q=0", "gzip=0.5"],
  ["x-gzip", "gzip=1"],
  ["*", "zstd=1 br=1 gzip=1"],
  ["*;q=0.1, br", "zstd=0.1 br=1 gzip=0.1"],
  ["*;q=0, gzip", "gzip=1"],
  ["br;q=0.5, identity", ""],
  ["br;q=0.5, identity;q=0.5", "br=0.5"],
  ["BR", "br=1"],
  ["br;q=nonsense", ""],
])("%p accepts %p", (value, expected) => {
  expect(
    acceptedCodings(value)
      .map(({ coding, quality }) => `${coding}=${quality}`)
      .join(" "),
  ).toBe(expected);
});
