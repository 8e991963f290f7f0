import { expect, test } from "bun:test";
import { fileType } from "./content-type.ts";

test.each([
  ["index.html", "text/html; charset=utf-8", true],
  ["APP.JS", "text/javascript; charset=utf-8", true],
  ["a.min.css", "text/css; charset=utf-8", true],
  ["data.json", "application/json", true],
  ["a.svg", "image/svg+xml", true],
  ["a.wasm", "application/wasm", true],
  ["photo.jpeg", "image/jpeg", false],
  ["font.woff2", "font/woff2", false],
  ["a.js.gz", "application/gzip", false],
  ["LICENSE", "application/octet-stream", true],
  ["a.unknown", "application/octet-stream", true],
  ["html", "application/octet-stream", true],
  [".html", "application/octet-stream", true],
  ["a.", "application/octet-stream", true],
  ["a.constructor", "application/octet-stream", true],
])("%s is %s", (name, type, compressible) => {
  expect(fileType(name)).toEqual({ type, compressible });
});
