/** What the fields of a request select of a file: conditions, ranges, compressed siblings. */
import { afterAll, describe, expect, test } from "bun:test";
import { appendFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reply } from "../../contract/reply.ts";
import { BIG, OLD, OLD_TEXT, makeSite } from "./site-for-tests.ts";

const site = makeSite();
const { get, make, root } = site;

afterAll(() => site.remove());

describe("conditions", () => {
  test("an unchanged file is 304 with its validators and no body", async () => {
    const { fields } = await get("/a.txt");
    const got = await get("/a.txt", { "if-none-match": fields.ETag! }, { cacheControl: "no-cache" });
    expect(got).toEqual({
      status: 304,
      fields: { ETag: fields.ETag!, "Last-Modified": OLD_TEXT, "Cache-Control": "no-cache", Vary: "Accept-Encoding" },
      text: "",
      length: 0,
    });
    expect((await get("/a.txt", { "if-modified-since": OLD_TEXT })).status).toBe(304);
  });

  test("a demand that does not hold is 412", async () => {
    expect((await get("/a.txt", { "if-match": '"other"' })).status).toBe(412);
  });

  test("do not matter where nothing is found", async () => {
    expect((await get("/nothing", { "if-match": '"other"', "if-none-match": "*" })).status).toBe(404);
  });

  test("the tag changes with content and time, and is weak until the file has rested", async () => {
    const path = join(root, "changing.txt");
    writeFileSync(path, "one");
    const at = (time: number) => make({}, () => time)({ method: "GET", path: "/changing.txt", get: () => undefined });
    const etag = (reply: Reply) => reply.fields.find(([name]) => name === "ETag")![1];
    utimesSync(path, OLD, OLD);
    const young = etag(await at(OLD.getTime() + 1999));
    const settled = etag(await at(OLD.getTime() + 2000));
    expect(young).toBe(`W/${settled}`);
    writeFileSync(path, "two");
    utimesSync(path, OLD, new Date(OLD.getTime() + 1));
    expect(etag(await at(Date.now()))).not.toBe(settled);
    utimesSync(path, OLD, OLD);
    appendFileSync(path, "!");
    utimesSync(path, OLD, OLD);
    expect(etag(await at(Date.now()))).not.toBe(settled);
  });

  test("Last-Modified is never in the future", async () => {
    const reply = await make({}, () => OLD.getTime() - 10_000)({ method: "GET", path: "/a.txt", get: () => undefined });
    expect(Object.fromEntries(reply.fields)["Last-Modified"]).toBe("Fri, 02 Jan 2026 03:03:55 GMT");
  });
});

describe("ranges", () => {
  test("one range is 206 with Content-Range", async () => {
    const got = await get("/a.txt", { range: "bytes=2-4" });
    expect(got).toMatchObject({
      status: 206,
      fields: { "Content-Range": "bytes 2-4/10", "Content-Type": "text/plain; charset=utf-8" },
      text: "234",
      length: 3,
    });
  });

  test("of a large file are exact at every boundary", async () => {
    for (const [start, end] of [
      [0, 65_535],
      [1, 65_537],
      [262_143, 262_145],
      [5, 700_001],
      [262_144, 600_000],
    ] as const) {
      const got = await get("/big.bin", { range: `bytes=${start}-${end - 1}` });
      expect(got.length).toBe(Math.min(end, BIG.length) - start);
      expect(Buffer.compare(Buffer.from(got.text, "latin1"), BIG.subarray(start, end))).toBe(0);
    }
  });

  test("several are multipart/byteranges, small or streamed", async () => {
    for (const [first, second] of [
      [
        [0, 9],
        [500, 509],
      ],
      [
        [1000, 300_999],
        [600_000, 600_009],
      ],
    ] as const) {
      const got = await get("/big.bin", { range: `bytes=${first.join("-")},${second.join("-")}` });
      expect(got.status).toBe(206);
      expect(got.fields["Content-Range"]).toBeUndefined();
      const boundary = /^multipart\/byteranges; boundary=([\w-]{36})$/.exec(got.fields["Content-Type"]!)![1]!;
      const part = ([start, last]: readonly [number, number]) =>
        `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${last}/700001\r\n\r\n` +
        `${BIG.latin1Slice(start, last + 1)}\r\n`;
      expect(got.text === `${part(first)}${part(second)}--${boundary}--\r\n`).toBeTrue();
      expect(got.length).toBe(got.text.length);
    }
  });

  test("outside of the file are 416 with its size", async () => {
    expect(await get("/a.txt", { range: "bytes=10-" })).toMatchObject({
      status: 416,
      fields: { "Content-Range": "bytes */10" },
    });
  });

  test("are ignored when the file is not the one that If-Range means", async () => {
    const { fields } = await get("/a.txt");
    expect((await get("/a.txt", { range: "bytes=0-0", "if-range": fields.ETag! })).status).toBe(206);
    expect(await get("/a.txt", { range: "bytes=0-0", "if-range": '"x"' })).toMatchObject({ status: 200, length: 10 });
  });
});

describe("compressed siblings", () => {
  test.each([
    [undefined, "identity", 1000],
    ["gzip", "gzip", 400],
    ["zstd, gzip", "zstd", 300],
    ["gzip, br, zstd", "br", 200],
    ["gzip, br;q=0.5", "gzip", 400],
    ["deflate", "identity", 1000],
    ["br;q=0", "identity", 1000],
  ])("Accept-Encoding %p gives %s", async (accept, coding, length) => {
    const got = await get("/app.js", accept === undefined ? {} : { "accept-encoding": accept });
    expect(got.length).toBe(length);
    expect(got.fields["Content-Encoding"] ?? "identity").toBe(coding);
    expect(got.fields["Content-Type"]).toBe("text/javascript; charset=utf-8");
    expect(got.fields.Vary).toBe("Accept-Encoding");
  });

  test("each have a tag of their own, and ranges of their own bytes", async () => {
    const tags = new Set<string>();
    for (const accept of ["", "gzip", "br", "zstd"])
      tags.add((await get("/app.js", { "accept-encoding": accept })).fields.ETag!);
    expect(tags.size).toBe(4);
    const got = await get("/app.js", { "accept-encoding": "br", range: "bytes=199-" });
    expect(got).toMatchObject({
      status: 206,
      text: "r",
      fields: { "Content-Range": "bytes 199-199/200", "Content-Encoding": "br" },
    });
  });

  test("are not used when larger, switched off, or for types compressed already", async () => {
    const accept = { "accept-encoding": "br" };
    expect((await get("/grown.js", accept)).text).toBe("short");
    expect((await get("/app.js", accept, { precompressed: false })).fields).not.toHaveProperty("Vary");
    expect(await get("/photo.png", accept)).toMatchObject({ length: 1000 });
    expect((await get("/photo.png", accept)).fields).not.toHaveProperty("Vary");
  });

  test("the less wanted coding is better than none", async () => {
    writeFileSync(join(root, "only.css"), "x".repeat(100));
    writeFileSync(join(root, "only.css.gz"), "gz");
    expect((await get("/only.css", { "accept-encoding": "br, gzip;q=0.3" })).text).toBe("gz");
  });
});
