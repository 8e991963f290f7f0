/** Which file a path names, what may not be seen, and files that change. */
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileChanged } from "./file-body.ts";
import { BIG, bodyOf, OLD_TEXT, makeSite } from "./site-for-tests.ts";
import type { StaticOptions } from "./static.ts";

const site = makeSite();
const { asNobody, base, get, make, root } = site;

afterAll(() => site.remove());

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
