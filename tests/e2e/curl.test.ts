/** What real curl gets through the edge from a real nginx, the shop's services, static files and redirects. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startShop, type Shop } from "../../examples/shop/start-services.ts";
import { content } from "./support/content.ts";
import { curl, type CurlResult } from "./support/curl.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { freePort } from "./support/free-port.ts";
import { startNginx, type Nginx } from "./support/nginx.ts";
import { program } from "./support/program.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const curlProgram = program("curl");
const nginxProgram = program("nginx");
const MB = 1024 * 1024;
const TEXT = "The quick brown fox jumps over the lazy dog.\n".repeat(2000);

describe.skipIf(curlProgram === null || nginxProgram === null)("curl", () => {
  let folder: string;
  let nginx: Nginx;
  let shop: Shop;
  let edge: EdgeProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "roundtrip-curl-test-"));
    const root = join(folder, "static");
    mkdirSync(root);
    writeFileSync(join(root, "text.txt"), TEXT);
    writeFileSync(join(root, "text.txt.gz"), gzipSync(TEXT));
    writeFileSync(join(root, "index.html"), "<p>index</p>");
    writeFileSync(join(root, "data.bin"), content(3, 5 * MB));
    writeFileSync(join(root, ".secret"), "secret");
    writeFileSync(join(folder, "outside.txt"), "outside");
    writeFileSync(join(folder, "upload.bin"), content(4, 3 * MB));
    writeFileSync(join(folder, "small.bin"), content(5, 700));
    nginx = await startNginx(nginxProgram!, {
      port: await freePort(),
      files: { "file.txt": TEXT, "large.bin": content(6, 10 * MB) },
      http: "gzip on; gzip_min_length 0; gzip_types text/plain; gzip_http_version 1.0; gzip_proxied any;",
      server: `
        location /echo { return 200 "$request_method $request_uri $http_x_test"; }
        location /trailers/ { alias root/; gzip on; add_trailer X-Checksum abc123; }
        location /dav/ { alias root/; dav_methods PUT DELETE; create_full_put_path on; }`,
    });
    shop = await startShop();
    const targets = (name: string): string[] =>
      shop.services.filter((service) => service.name === name).map(({ port }) => `127.0.0.1:${port}`);
    edge = await startEdge({
      pools: {
        nginx: { targets: [nginx.address] },
        orders: { targets: targets("orders") },
        users: { targets: targets("users") },
      },
      routes: [
        { match: { path: "/nginx/*" }, proxy: { pool: "nginx", rewrite: { stripPrefix: "/nginx" } } },
        { match: { path: "/users/*" }, proxy: "users" },
        { match: { path: ["/upload", "/big"] }, proxy: "orders" },
        { match: { path: "/static/*" }, static: { root, stripPrefix: "/static" } },
        { match: { path: "/old/*" }, redirect: { to: "/nginx/echo/new", status: 302 } },
        { match: { path: "/older" }, redirect: { to: "/old/x", status: 301 } },
        { match: { path: "/kept" }, redirect: { to: "/upload", status: 307 } },
      ],
    });
  });

  afterAll(async () => {
    await Promise.all([edge?.stop(), nginx?.stop(), shop?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The last argument is a path. */
  const ask = (...args: string[]): Promise<CurlResult> => {
    const path = args.pop()!;
    return curl(curlProgram!, ...args, `http://127.0.0.1:${edge.port}${path}`);
  };
  const file = (name: string): string => join(folder, name);
  const digest = (name: string): string =>
    new Bun.CryptoHasher("sha256").update(readFileSync(file(name))).digest("hex");

  describe("methods", () => {
    test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "CUSTOM-METHOD"])(
      "%s",
      async (method) => {
        const reply = await ask("-X", method, "-H", "X-Test: yes", "/nginx/echo?a=b&c=%20d");
        expect(reply.code).toBe(0);
        expect(reply.status).toBe(200);
        expect(reply.body.toString()).toBe(`${method} /echo?a=b&c=%20d yes`);
      },
    );

    test("HEAD has the fields of GET and no body, and the connection goes on", async () => {
      const head = await ask("-I", "/nginx/large.bin");
      expect(head.code).toBe(0);
      expect(head.field("content-length")).toBe(String(10 * MB));
      expect((await ask("-I", "/static/data.bin")).field("content-length")).toBe(String(5 * MB));
      const two = await ask("-I", `http://127.0.0.1:${edge.port}/nginx/file.txt`, "-o", "/dev/null", "/nginx/file.txt");
      expect(two.code).toBe(0);
      expect(two.log).toContain("Re-using existing connection");
    });

    test("an upstream's own errors pass", async () => {
      expect((await ask("-d", "x=1", "/nginx/file.txt")).status).toBe(405);
      const missing = await ask("/nginx/nothing-here");
      expect(missing.status).toBe(404);
      expect(missing.body.toString()).toContain("nginx");
    });
  });

  describe("uploads", () => {
    const uploaded = (reply: CurlResult, name: string): void => {
      expect(reply.code).toBe(0);
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.body.toString())).toEqual({
        bytes: readFileSync(file(name)).length,
        sha256: digest(name),
      });
    };

    test.each(["upload.bin", "small.bin"])("-T %s, with and without Expect", async (name) => {
      const expecting = await ask("-X", "POST", "-T", file(name), "-H", "Expect: 100-continue", "/upload");
      uploaded(expecting, name);
      uploaded(await ask("-X", "POST", "-T", file(name), "-H", "Expect:", "/upload"), name);
    });

    test("Expect: the 100 comes from nginx", async () => {
      const put = await ask("-T", file("upload.bin"), "-H", "Expect: 100-continue", "/nginx/dav/put.bin");
      expect([201, 204]).toContain(put.status);
      expect(put.heads).toContain("HTTP/1.1 100 Continue");
      expect((await ask("/nginx/put.bin")).body.equals(readFileSync(file("upload.bin")))).toBe(true);
      expect((await ask("-X", "DELETE", "/nginx/dav/put.bin")).status).toBe(204);
    });

    test("chunked", async () => {
      uploaded(
        await ask("-X", "POST", "-T", file("upload.bin"), "-H", "Transfer-Encoding: chunked", "/upload"),
        "upload.bin",
      );
      uploaded(
        await ask(
          "-X",
          "POST",
          "-T",
          file("upload.bin"),
          "-H",
          "Transfer-Encoding: chunked",
          "-H",
          "Expect:",
          "/upload",
        ),
        "upload.bin",
      );
    });

    test("slowly", async () => {
      uploaded(await ask("-X", "POST", "-T", file("upload.bin"), "--limit-rate", "3M", "/upload"), "upload.bin");
    });

    test("a form, and a body that curl itself makes", async () => {
      const form = await ask("-F", `one=@${file("small.bin")}`, "-F", "two=2", "/upload");
      expect(form.status).toBe(200);
      expect((JSON.parse(form.body.toString()) as { bytes: number }).bytes).toBeGreaterThan(700);
      const body = await ask("--data-binary", `@${file("upload.bin")}`, "/upload");
      uploaded(body, "upload.bin");
    });

    test("over HTTP/1.0", async () => {
      uploaded(await ask("--http1.0", "-X", "POST", "-T", file("upload.bin"), "/upload"), "upload.bin");
    });
  });

  describe("downloads", () => {
    test("large, slowly", async () => {
      const reply = await ask("--limit-rate", "8M", "/nginx/large.bin");
      expect(reply.code).toBe(0);
      expect(reply.body.equals(content(6, 10 * MB))).toBe(true);
    });

    test("chunked from the shop, and several at once", async () => {
      const big = await ask("/big?bytes=3000000&length=unknown");
      expect(big.code).toBe(0);
      expect(big.body.length).toBe(3_000_000);
      expect(big.field("transfer-encoding")).toBe("chunked");
      const urls = Array.from({ length: 8 }, () => [
        `http://127.0.0.1:${edge.port}/nginx/large.bin`,
        "-o",
        "/dev/null",
      ]);
      expect((await ask("--parallel", ...urls.flat(), "/nginx/large.bin")).code).toBe(0);
    });

    test("HTTP/1.0: no chunked framing, whole all the same", async () => {
      const reply = await ask("--http1.0", "-H", "Accept-Encoding: gzip", "--compressed", "/nginx/file.txt");
      expect(reply.code).toBe(0);
      expect(reply.body.toString()).toBe(TEXT);
      expect(reply.field("transfer-encoding")).toBeNull();
      const two = await ask("--http1.0", "/big?bytes=3000000&length=unknown");
      expect(two.code).toBe(0);
      expect(two.body.length).toBe(3_000_000);
      expect(two.field("transfer-encoding")).toBeNull();
    });

    test("--raw: chunks and trailers as they are on the wire", async () => {
      const reply = await ask("--raw", "-H", "Accept-Encoding: gzip", "/nginx/trailers/file.txt");
      expect(reply.code).toBe(0);
      expect(reply.field("transfer-encoding")).toBe("chunked");
      expect(reply.body.latin1Slice()).toMatch(/^[0-9a-f]+\r\n/i);
      expect(reply.body.latin1Slice()).toMatch(/\r\n0\r\nX-Checksum: abc123\r\n\r\n$/);
      const decoded = await ask("--compressed", "/nginx/trailers/file.txt");
      expect(decoded.body.toString()).toBe(TEXT);
    });

    test("a client that gives up leaves nothing behind", async () => {
      const reply = await ask("--limit-rate", "100k", "--max-time", "0.3", "/nginx/large.bin");
      expect(reply.code).toBe(28);
      await untilIdle(edge);
    });
  });

  describe("static files", () => {
    test("whole, with type, and an index", async () => {
      const reply = await ask("/static/data.bin");
      expect(reply.code).toBe(0);
      expect(reply.body.equals(content(3, 5 * MB))).toBe(true);
      expect((await ask("/static/text.txt")).field("content-type")).toStartWith("text/plain");
      expect((await ask("/static/")).body.toString()).toBe("<p>index</p>");
    });

    test.each([
      ["0-99", 0, 100],
      ["100-", 100, 5 * MB],
      ["-100", 5 * MB - 100, 5 * MB],
      ["5242879-", 5 * MB - 1, 5 * MB],
    ])("-r %s", async (range, from, to) => {
      const reply = await ask("-r", range, "/static/data.bin");
      expect(reply.status).toBe(206);
      expect(reply.field("content-range")).toBe(`bytes ${from}-${to - 1}/${5 * MB}`);
      expect(reply.body.equals(content(3, 5 * MB).subarray(from, to))).toBe(true);
    });

    test("several ranges, none that exists, and going on with half a file", async () => {
      const several = await ask("-r", "0-9,1000000-1000009", "/static/data.bin");
      expect(several.status).toBe(206);
      expect(several.field("content-type")).toStartWith("multipart/byteranges; boundary=");
      expect(several.body.indexOf(content(3, 5 * MB).subarray(1_000_000, 1_000_010))).toBeGreaterThan(0);
      expect((await ask("-r", "99999999-", "/static/data.bin")).status).toBe(416);
      const rest = await ask("-C", String(2 * MB), "/static/data.bin");
      expect(rest.code).toBe(0);
      expect(rest.body.equals(content(3, 5 * MB).subarray(2 * MB))).toBe(true);
    });

    test("precompressed when the client takes it", async () => {
      const compressed = await ask("--compressed", "-H", "Accept-Encoding: gzip", "/static/text.txt");
      expect(compressed.field("content-encoding")).toBe("gzip");
      expect(compressed.field("vary")).toMatch(/accept-encoding/i);
      expect(compressed.body.toString()).toBe(TEXT);
      const plain = await ask("/static/text.txt");
      expect(plain.field("content-encoding")).toBeNull();
      expect(plain.body.toString()).toBe(TEXT);
    });

    test("304 for what curl has already", async () => {
      const etag = (await ask("/static/text.txt")).field("etag")!;
      const again = await ask("-H", `If-None-Match: ${etag}`, "/static/text.txt");
      expect(again.code).toBe(0);
      expect(again.status).toBe(304);
      expect(again.body.length).toBe(0);
      const since = await ask("-z", new Date(Date.now() + 60_000).toUTCString(), "/static/text.txt");
      expect(since.status).toBe(304);
    });

    test.each(["/static/../outside.txt", "/static/%2e%2e/outside.txt", "/static/..%2foutside.txt", "/static/.secret"])(
      "nothing from outside: %s",
      async (path) => {
        const reply = await ask("--path-as-is", path);
        expect(reply.status).toBeGreaterThanOrEqual(400);
        expect(reply.body.toString()).not.toMatch(/^(outside|secret)$/);
      },
    );
  });

  describe("redirects", () => {
    test("-L follows two of them", async () => {
      const reply = await ask("-L", "/older");
      expect(reply.redirects).toBe(2);
      expect(reply.status).toBe(200);
      expect(reply.body.toString()).toBe("GET /echo/new ");
    });

    test("307 keeps method and body", async () => {
      const reply = await ask("-L", "--data-binary", `@${file("small.bin")}`, "/kept");
      expect(reply.redirects).toBe(1);
      expect(JSON.parse(reply.body.toString())).toEqual({ bytes: 700, sha256: digest("small.bin") });
    });
  });

  describe("the edge's own replies", () => {
    test("no route: a page or JSON, as the client likes, with Proxy-Status", async () => {
      const page = await ask("-H", "Accept: text/html", "/nowhere");
      expect(page.status).toBe(404);
      expect(page.field("content-type")).toStartWith("text/html");
      expect(page.field("proxy-status")).toContain("roundtrip");
      const json = await ask("-H", "Accept: application/json", "/nowhere");
      expect(json.field("content-type")).toContain("json");
      expect(JSON.stringify(JSON.parse(json.body.toString()))).toContain("no-route");
    });

    test("the shop's data, on one connection", async () => {
      const urls = [1, 2, 3, 4, 5].flatMap((id) => [`http://127.0.0.1:${edge.port}/users/${id}`, "-o", "/dev/null"]);
      const reply = await ask(...urls, "/users/7");
      expect(reply.code).toBe(0);
      expect(reply.log.match(/Re-using existing connection/g)).toHaveLength(5);
    });
  });

  test("nothing is left behind", async () => {
    await untilIdle(edge);
  });
});
