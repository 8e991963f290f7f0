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
  ["song.wav", "audio/wav", true],
  ["song.flac", "audio/flac", false],
  ["icon.ico", "image/vnd.microsoft.icon", true],
  ["part.ts", "video/mp2t", false],
  ["book.epub", "application/epub+zip", false],
  // Types where this list differs from the library's.
  ["a.cjs", "text/javascript; charset=utf-8", true],
  ["feed.xml", "application/xml", true],
  ["a.rtf", "application/rtf", true],
  ["a.yaml", "application/yaml; charset=utf-8", true],
  ["a.deb", "application/vnd.debian.binary-package", false],
  ["LICENSE", "application/octet-stream", true],
  ["a.unknown", "application/octet-stream", true],
  ["html", "application/octet-stream", true],
  [".html", "application/octet-stream", true],
  ["a.", "application/octet-stream", true],
  ["a.constructor", "application/octet-stream", true],
  ["a.__proto__", "application/octet-stream", true],
])("%s is %s", (name, type, compressible) => {
  expect(fileType(name)).toEqual({ type, compressible });
});
