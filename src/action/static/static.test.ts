import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reply } from "../../contract/reply.ts";
import { FileChanged } from "./file-body.ts";
import { createStatic, type StaticOptions } from "./static.ts";

const OLD = new Date("2026-01-02T03:04:05.678Z");
const OLD_TEXT = "Fri, 02 Jan 2026 03:04:05 GMT";
const BIG = Buffer.from(Array.from({ length: 700_001 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));

let base = "";
let root = "";

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "static-test-"));
  root = join(base, "site");
  for (const directory of ["docs", "empty", ".git", ".well-known", "index.d", "space dir"]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  mkdirSync(join(base, "site-secret"));
  const files: Record<string, string | Buffer> = {
    "site/index.html": "<h1>home</h1>",
    "site/docs/index.htm": "docs",
    "site/space dir/index.html": "space",
    "site/a.txt": "0123456789",
    "site/ä ö.txt": "umlaut",
    "site/empty.txt": "",
    "site/big.bin": BIG,
    "site/.env": "secret",
    "site/.git/config": "secret",
    "site/.well-known/security.txt": "contact",
    "site/app.js": "x".repeat(1000),
    "site/app.js.gz": "gz".repeat(200),
    "site/app.js.br": "br".repeat(100),
    "site/app.js.zst": "zs".repeat(150),
    "site/grown.js": "short",
    "site/grown.js.br": "longer than the file itself",
    "site/photo.png": "y".repeat(1000),
    "site/photo.png.br": "br",
    "site-secret/key.txt": "secret",
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(base, name), content);
    utimesSync(join(base, name), OLD, OLD);
  }
  symlinkSync("a.txt", join(root, "inside.css"));
  symlinkSync(join(base, "site-secret", "key.txt"), join(root, "outside.txt"));
  symlinkSync(join(base, "site-secret"), join(root, "outside"));
  symlinkSync("docs", join(root, "manual"));
  symlinkSync("nowhere", join(root, "broken"));
  symlinkSync("loop", join(root, "loop"));
});

afterAll(() => rmSync(base, { recursive: true }));

function make(options: Partial<StaticOptions> = {}, now?: () => number) {
  return createStatic(
    { root, index: ["index.html", "index.htm"], precompressed: true, symlinks: "inside", ...options },
    now,
  );
}

interface Got {
  status: number;
  fields: Record<string, string>;
  text: string;
  length: number;
}

async function bodyOf(reply: Reply): Promise<Buffer> {
  if (reply.body.kind === "none") return Buffer.alloc(0);
  return reply.body.kind === "bytes"
    ? Buffer.from(reply.body.bytes)
    : Buffer.from(await new Response(reply.body.stream).bytes());
}

/** Root may read every file, so as root the question is asked with another user's rights. */
async function asNobody<T>(ask: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0 || process.seteuid === undefined) return ask();
  chmodSync(base, 0o755);
  process.seteuid(65_534);
  try {
    return await ask();
  } finally {
    process.seteuid(0);
  }
}

async function get(
  path: string,
  fields: Record<string, string> = {},
  { method = "GET", query = "", ...options }: Partial<StaticOptions> & { method?: string; query?: string } = {},
): Promise<Got> {
  const reply = await make(options)({ method, path, query, get: (name) => fields[name.toLowerCase()] });
  const body = await bodyOf(reply);
  const length = reply.body.kind === "stream" ? reply.body.length : body.length;
  return { status: reply.status, fields: Object.fromEntries(reply.fields), text: body.toString("latin1"), length };
}

describe("files", () => {
  test("come with type, validators and length", async () => {
    expect(await get("/a.txt")).toEqual({
      status: 200,
      fields: {
        "Content-Type": "text/plain; charset=utf-8",
        ETag: expect.stringMatching(/^"[a-z0-9]+-[a-z0-9]+"$/),
        "Last-Modified": OLD_TEXT,
        Vary: "Accept-Encoding",
        "Accept-Ranges": "bytes",
      },
      text: "0123456789",
      length: 10,
    });
  });

  test("are found by their decoded names", async () => {
    expect((await get("/%C3%A4%20%C3%B6.txt")).text).toBe("umlaut");
  });

  test("may be empty", async () => {
    expect(await get("/empty.txt")).toMatchObject({ status: 200, text: "", length: 0 });
  });

  test("that are large are streamed, byte for byte", async () => {
    const reply = await make()({ method: "GET", path: "/big.bin", get: () => undefined });
    expect(reply.body).toMatchObject({ kind: "stream", length: BIG.length });
    expect(Buffer.compare(await bodyOf(reply), BIG)).toBe(0);
  });

  test("have the Cache-Control of the config", async () => {
    expect((await get("/a.txt", {}, { cacheControl: "max-age=60" })).fields["Cache-Control"]).toBe("max-age=60");
    expect((await get("/nothing", {}, { cacheControl: "max-age=60" })).fields["Cache-Control"]).toBeUndefined();
  });

  test("HEAD tells what GET would, without reading", async () => {
    for (const path of ["/a.txt", "/big.bin"]) {
      const whole = await get(path);
      const head = await get(path, { range: "bytes=0-1" }, { method: "HEAD" });
      expect(head).toEqual({ ...whole, text: "" });
    }
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS", "get"])("%s is refused with Allow", async (method) => {
    expect(await get("/a.txt", {}, { method })).toMatchObject({ status: 405, fields: { Allow: "GET, HEAD" } });
  });
});

describe("directories", () => {
  test("are answered with their index, in the order of the config", async () => {
    expect((await get("/")).text).toBe("<h1>home</h1>");
    expect((await get("/docs/")).text).toBe("docs");
    expect((await get("/docs/", {}, { index: ["index.html"] })).status).toBe(404);
  });

  test("without slash lead to the one with it, on this host, with the query", async () => {
    expect(await get("/docs", {}, { query: "a=b c" })).toMatchObject({
      status: 301,
      fields: { Location: "/docs/?a=b%20c" },
    });
    expect((await get("/space%20dir")).fields.Location).toBe("/space%20dir/");
    expect((await get("/x/docs", {}, { stripPrefix: "/x" })).fields.Location).toBe("/x/docs/");
  });

  test("without index are not told from nothing, and never listed", async () => {
    for (const path of ["/empty", "/empty/", "/index.d/"]) expect((await get(path)).status).toBe(404);
  });

  test("a file is no directory", async () => {
    expect((await get("/a.txt/")).status).toBe(404);
    expect((await get("/a.txt/b")).status).toBe(404);
  });
});

describe("what may not be seen", () => {
  test.each([
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/../site-secret/key.txt",
    "/%2e%2e/site-secret/key.txt",
    "/..%2fsite-secret%2fkey.txt",
    "/docs/../../site-secret/key.txt",
    "/a.txt%00.html",
    "/docs\\index.htm",
    "/nothing",
    `/${"a".repeat(300)}`,
    "/broken",
    "/loop",
  ])("%p is 404", async (path) => {
    const got = await get(path);
    expect(got.status).toBe(404);
    expect(got.text).not.toContain("secret");
    expect(got.text).not.toContain(base);
  });

  test("/.well-known/ is served", async () => {
    expect((await get("/.well-known/security.txt")).text).toBe("contact");
  });

  test("a name that the root's name begins with is not inside", async () => {
    expect((await get("/outside/key.txt")).status).toBe(404);
  });

  test("the symlink rule", async () => {
    const statuses = async (symlinks: StaticOptions["symlinks"]) =>
      Promise.all(
        ["/inside.css", "/manual/", "/outside.txt", "/a.txt"].map(
          async (path) => (await get(path, {}, { symlinks })).status,
        ),
      );
    expect(await statuses("inside")).toEqual([200, 200, 404, 200]);
    expect(await statuses("never")).toEqual([404, 404, 404, 200]);
    expect(await statuses("anywhere")).toEqual([200, 200, 200, 200]);
  });

  test("a link's own name tells its type", async () => {
    expect((await get("/inside.css")).fields["Content-Type"]).toStartWith("text/css");
  });

  test("a file without read permission is 403", async () => {
    // access(2), which HEAD and large files rely on, asks for the real user's rights, and root's are real.
    const isRoot = process.getuid?.() === 0;
    for (const [name, content] of isRoot
      ? [["small", "x"] as const]
      : [["small", "x"] as const, ["large", BIG] as const]) {
      writeFileSync(join(root, name), content);
      chmodSync(join(root, name), 0);
      expect((await asNobody(() => get(`/${name}`))).status).toBe(403);
      if (!isRoot) expect((await get(`/${name}`, {}, { method: "HEAD" })).status).toBe(403);
      rmSync(join(root, name));
    }
  });

  test("only regular files are read", async () => {
    Bun.spawnSync(["mkfifo", join(root, "pipe")]);
    expect((await get("/pipe")).status).toBe(404);
  });
});

describe("the fallback", () => {
  const options = { fallback: "index.html" };

  test("answers where nothing is found", async () => {
    for (const path of ["/app/route", "/empty/", "/docs/nothing"]) {
      expect(await get(path, {}, options)).toMatchObject({ status: 200, text: "<h1>home</h1>" });
    }
    expect((await get("/a.txt", {}, options)).text).toBe("0123456789");
  });

  test("does not answer for a file of another type that is missing", async () => {
    for (const path of ["/gone.js", "/assets/logo.PNG", "/site.webmanifest", "/data.json"]) {
      expect((await get(path, {}, options)).status).toBe(404);
    }
    for (const path of ["/users/john.doe", "/v1.2", "/about.html", "/.well-known/x", "/a.js/b"]) {
      expect(await get(path, {}, options)).toMatchObject({ status: 200, text: "<h1>home</h1>" });
    }
  });

  test("does not answer for what is refused", async () => {
    expect((await get("/.env", {}, options)).status).toBe(404);
    expect((await get("/x", {}, { fallback: "missing.html" })).status).toBe(404);
  });
});

describe("what is told to who runs the edge", () => {
  async function note(path: string, options: Partial<StaticOptions> = {}): Promise<string | undefined> {
    const reply = await make(options)({ method: "GET", path, query: "", get: () => undefined });
    if (reply.status === 404) expect((await bodyOf(reply)).toString()).toBe("There is no such file.\n");
    expect(JSON.stringify(reply.fields)).not.toContain(root);
    return reply.note;
  }

  test("names the file that was looked for, and why it is not served", async () => {
    expect(await note("/docs/nothing%20here")).toBe(`${root}/docs/nothing here is not there`);
    expect(await note("/outside.txt")).toBe(
      `${root}/outside.txt is a symlink that leads out of the root (symlinks: inside)`,
    );
    expect(await note("/inside.css", { symlinks: "never" })).toBe(
      `${root}/inside.css is reached by a symlink (symlinks: never)`,
    );
    expect(await note("/empty/")).toBe(`${root}/empty has no index.html or index.htm`);
    expect(await note("/empty")).toBe(`${root}/empty has no index.html or index.htm`);
    expect(await note("/gone/")).toBe(`${root}/gone is not there`);
    expect(await note("/.env")).toStartWith("no file is looked for:");
  });

  test("and why the fallback does not answer", async () => {
    expect(await note("/gone.js", { fallback: "index.html" })).toBe(
      `${root}/gone.js is not there; the fallback index.html stands for no other type of file`,
    );
    expect(await note("/x", { fallback: "gone.html" })).toBe(
      `${root}/x is not there; the fallback gone.html is no file either`,
    );
  });

  test("is nothing where a file is served, and never long", async () => {
    expect(await note("/a.txt")).toBeUndefined();
    expect(await note(`/${"x/".repeat(4000)}y`)).toHaveLength(501);
  });
});

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

describe("changes while serving", () => {
  test("the root may be a link that is turned to another release", async () => {
    for (const release of ["one", "two"]) {
      mkdirSync(join(base, release));
      writeFileSync(join(base, release, "index.html"), release);
    }
    symlinkSync("one", join(base, "current"));
    const serve = make({ root: join(base, "current") });
    const read = async () => (await bodyOf(await serve({ method: "GET", path: "/", get: () => undefined }))).toString();
    expect(await read()).toBe("one");
    symlinkSync("two", join(base, "next"));
    renameSync(join(base, "next"), join(base, "current"));
    expect(await read()).toBe("two");
  });

  test("a large file that is replaced before it is read fails, rather than mix two", async () => {
    writeFileSync(join(root, "replaced.bin"), BIG);
    const reply = await make()({ method: "GET", path: "/replaced.bin", get: () => undefined });
    writeFileSync(join(root, "new.bin"), BIG.subarray(1));
    renameSync(join(root, "new.bin"), join(root, "replaced.bin"));
    await expect(bodyOf(reply)).rejects.toThrow(FileChanged);
  });

  test("a stream can be left at any time", async () => {
    const opened = () =>
      Bun.spawnSync(["ls", "-l", `/proc/${process.pid}/fd`])
        .stdout.toString()
        .split("big.bin").length - 1;
    for (const reads of [0, 1, 2]) {
      const reply = await make()({ method: "GET", path: "/big.bin", get: () => undefined });
      if (reply.body.kind !== "stream") throw new Error("no stream");
      const reader = reply.body.stream.getReader();
      for (let read = 0; read < reads; read++) await reader.read();
      await reader.cancel();
    }
    if (process.platform === "linux") expect(opened()).toBe(0);
  });
});

describe("options", () => {
  test.each([
    [{ root: "/nowhere/at/all" }, /"\/nowhere\/at\/all" is not a directory/],
    [{ cacheControl: "a\r\nb" }, /cacheControl: .*line break/],
  ])("%p is refused", (options, message) => {
    expect(() => make(options)).toThrow(message);
  });
});
