/** Files through the edge: what a browser asks for, and what an attacker does. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";

import { Client } from "./support/client.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf, fieldOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const MEGABYTE = 1 << 20;
const SECRET = "TOP-SECRET";
const SCRIPT = "console.log('hello from the script');\n".repeat(40);
const folder = mkdtempSync(join(tmpdir(), "roundtrip-static-"));
const root = join(folder, "site");
const BIG = Buffer.alloc(24 * MEGABYTE);

let edge: TestEdge;

beforeAll(async () => {
  mkdirSync(join(root, "sub", ".git"), { recursive: true });
  for (let at = 0; at < BIG.length; at += 4) BIG.writeUInt32LE(at, at);
  const files: Record<string, string | Buffer> = {
    "index.html": "<!doctype html><title>home</title>",
    "digits.txt": "0123456789",
    "script.js": SCRIPT,
    "script.js.br": brotliCompressSync(SCRIPT),
    "script.js.gz": gzipSync(SCRIPT),
    "big.bin": BIG,
    "with space.txt": "space",
    "sub/index.html": "sub",
    "sub/.git/config": SECRET,
    ".env": SECRET,
    "../secret.txt": SECRET,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  symlinkSync(join(folder, "secret.txt"), join(root, "link.txt"));
  symlinkSync(folder, join(root, "up"));
  symlinkSync(join(root, "digits.txt"), join(root, "inside.txt"));
  edge = await edgeWith({
    routes: [
      { name: "files", match: { path: "/*" }, static: { root, cacheControl: "max-age=60" } },
      { name: "prefixed", match: { path: "/s/*" }, static: { root, stripPrefix: "/s" } },
      { name: "app", match: { path: "/app/*" }, static: { root, stripPrefix: "/app", fallback: "index.html" } },
    ],
    timeouts: { drain: "100ms" },
  });
});

afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true });
});

function ask(target: string, fields = "", method = "GET"): Promise<string> {
  const until = method === "HEAD" ? (text: string) => text.endsWith("\r\n\r\n") : isComplete;
  return raw(edge.port, [`${method} ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`], { until });
}

describe("files", () => {
  test("come with type, length, validators and Cache-Control", async () => {
    const reply = await ask("/digits.txt");
    expect([statusOf(reply), bodyOf(reply)]).toEqual([200, "0123456789"]);
    expect(fieldOf(reply, "Content-Type")).toStartWith("text/plain");
    expect(fieldOf(reply, "Content-Length")).toBe("10");
    expect(fieldOf(reply, "Cache-Control")).toBe("max-age=60");
    expect(fieldOf(reply, "ETag")).toMatch(/^(W\/)?"[^"]+"$/);
    expect(fieldOf(reply, "Last-Modified")).toMatch(/ GMT$/);
    expect((await recordOf(edge, "/digits.txt")).source).toBe("static");
  });

  test("HEAD tells the same without the body", async () => {
    const got = await ask("/digits.txt");
    const head = await ask("/digits.txt", "", "HEAD");
    expect(bodyOf(head)).toBe("");
    for (const name of ["Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control"])
      expect(fieldOf(head, name)).toBe(fieldOf(got, name)!);
  });

  test("of a directory: its index, and a redirect where the slash is missing", async () => {
    expect(bodyOf(await ask("/"))).toContain("<title>home</title>");
    expect(bodyOf(await ask("/sub/"))).toBe("sub");
    const redirect = await ask("/sub?q=1");
    expect(statusOf(redirect)).toBe(301);
    expect(fieldOf(redirect, "Location")).toBe("/sub/?q=1");
  });

  test("by escaped names, through a prefix, and through a link that stays inside", async () => {
    expect(bodyOf(await ask("/with%20space.txt"))).toBe("space");
    expect(bodyOf(await ask("/s/digits.txt"))).toBe("0123456789");
    expect(bodyOf(await ask("/inside.txt"))).toBe("0123456789");
  });

  test("that are not there: 404, or the fallback of an application", async () => {
    expect(statusOf(await ask("/missing.txt"))).toBe(404);
    const app = await ask("/app/any/page");
    expect([statusOf(app), bodyOf(app).includes("<title>home</title>")]).toEqual([200, true]);
  });

  test("cannot be written to", async () => {
    const reply = await ask("/digits.txt", "Content-Length: 0\r\n", "POST");
    expect([statusOf(reply), fieldOf(reply, "Allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("several on one connection, pipelined, in order", async () => {
    const targets = ["/digits.txt", "/sub/", "/missing.txt", "/with%20space.txt"];
    const requests = targets.map((target) => `GET ${target} HTTP/1.1\r\n${HOST}\r\n`).join("");
    const reply = await raw(edge.port, [requests], { until: (text) => text.endsWith("space") });
    expect(reply.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"]);
  });
});

describe("conditions and ranges", () => {
  test("304 for what the client has, whole for what has changed", async () => {
    const first = await ask("/digits.txt");
    const etag = fieldOf(first, "ETag")!;
    const modified = fieldOf(first, "Last-Modified")!;
    for (const condition of [
      `If-None-Match: ${etag}`,
      `If-None-Match: "x", ${etag}`,
      "If-None-Match: *",
      `If-Modified-Since: ${modified}`,
    ]) {
      const reply = await ask("/digits.txt", `${condition}\r\n`);
      expect([condition, statusOf(reply), bodyOf(reply)]).toEqual([condition, 304, ""]);
      expect(fieldOf(reply, "ETag")).toBe(etag);
    }
    expect(statusOf(await ask("/digits.txt", 'If-None-Match: "other"\r\n'))).toBe(200);
    expect(statusOf(await ask("/digits.txt", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n"))).toBe(200);
  });

  const ranges: ReadonlyArray<
    readonly [range: string, status: number, body: string, contentRange: string | undefined]
  > = [
    ["bytes=0-2", 206, "012", "bytes 0-2/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=0-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=x", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
  ];
  for (const [range, status, body, contentRange] of ranges) {
    test(`Range: ${range}`, async () => {
      const reply = await ask("/digits.txt", `Range: ${range}\r\n`);
      expect([statusOf(reply), bodyOf(reply), fieldOf(reply, "Content-Range")]).toEqual([status, body, contentRange]);
    });
  }

  test("a range beyond the end is a 416", async () => {
    const reply = await ask("/digits.txt", "Range: bytes=50-\r\n");
    expect([statusOf(reply), fieldOf(reply, "Content-Range")]).toEqual([416, "bytes */10"]);
  });

  test("several ranges come as parts", async () => {
    const reply = await ask("/script.js", "Range: bytes=0-6,1000-1006\r\n");
    expect(statusOf(reply)).toBe(206);
    expect(fieldOf(reply, "Content-Type")).toStartWith("multipart/byteranges; boundary=");
    const size = SCRIPT.length;
    for (const [from, to] of [
      [0, 6],
      [1000, 1006],
    ] as const)
      expect(bodyOf(reply)).toContain(`bytes ${from}-${to}/${size}\r\n\r\n${SCRIPT.slice(from, to + 1)}\r\n--`);
  });

  test("If-Range with an old validator gets the whole file", async () => {
    expect(statusOf(await ask("/digits.txt", 'Range: bytes=0-2\r\nIf-Range: "old"\r\n'))).toBe(200);
  });
});

describe("precompressed files", () => {
  const compressed = async (accept: string): Promise<[string | undefined, string]> => {
    const reply = await ask("/script.js", `Accept-Encoding: ${accept}\r\n`);
    expect(fieldOf(reply, "Vary")).toBe("Accept-Encoding");
    expect(fieldOf(reply, "Content-Type")).toContain("javascript");
    return [fieldOf(reply, "Content-Encoding"), bodyOf(reply)];
  };

  test("go to those who accept them", async () => {
    const [br, brotli] = await compressed("gzip, br");
    expect([br, brotliDecompressSync(Buffer.from(brotli, "latin1")).toString()]).toEqual(["br", SCRIPT]);
    const [gz, gzipped] = await compressed("gzip");
    expect([gz, gunzipSync(Buffer.from(gzipped, "latin1")).toString()]).toEqual(["gzip", SCRIPT]);
    for (const refusing of ["identity", "br;q=0, gzip;q=0"])
      expect(await compressed(refusing)).toEqual([undefined, SCRIPT]);
  });

  test("have validators of their own", async () => {
    const plain = fieldOf(await ask("/script.js"), "ETag");
    expect(fieldOf(await ask("/script.js", "Accept-Encoding: br\r\n"), "ETag")).not.toBe(plain!);
  });
});

describe("large files", () => {
  test("arrive whole, also at a slow reader", async () => {
    const client = await Client.sending(edge.port, `GET /big.bin HTTP/1.1\r\n${HOST}\r\n`);
    for (let turn = 0; turn < 3; turn++) {
      client.pause();
      await Bun.sleep(30);
      client.resume();
      await Bun.sleep(10);
    }
    const reply = await client.until(isComplete, 10_000);
    expect(Buffer.from(bodyOf(reply), "latin1").equals(BIG)).toBe(true);
    expect(bodyOf(await client.ask(`GET /digits.txt HTTP/1.1\r\n${HOST}\r\n`, isComplete))).toBe("0123456789");
    client.close();
  });

  test("are let go of when the client leaves", async () => {
    const open = (): number =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).endsWith("/big.bin");
        } catch {
          return false;
        }
      }).length;
    const client = await Client.open(edge.port);
    client.pause();
    client.write(`GET /big.bin?left HTTP/1.1\r\n${HOST}\r\n`);
    await Bun.sleep(50);
    client.abort();
    expect((await recordOf(edge, "?left")).fault).toBe("client-aborted");
    expect(await poll(() => open() === 0)).toBe(true);
  });
});

describe("what lies outside stays outside", () => {
  const attempts = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/sub/../../secret.txt",
    "/sub/%2e%2e/%2e%2e/secret.txt",
    "/%252e%252e/secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/....//secret.txt",
    "/..;/secret.txt",
    "/.%00./secret.txt",
    "/digits.txt%00.html",
    "/\\..\\secret.txt",
    "/..\\secret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/%uff0e%uff0e/secret.txt",
    "//secret.txt",
    "/s/../../secret.txt",
    "/s/..%2f..%2fsecret.txt",
    "/s..%2fsecret.txt",
    "/app/../../secret.txt",
    "/file:///etc/passwd",
    "/.env",
    "/%2eenv",
    "/sub/.git/config",
    "/sub/%2egit/config",
    "/s/.env",
    "/link.txt",
    "/up/secret.txt",
    "/up/site/../secret.txt",
    `http://h.example${folder}/secret.txt`,
    `/${folder}/secret.txt`,
    `/%2f${folder.slice(1)}/secret.txt`,
    "/proc/self/environ",
  ];
  for (const target of attempts) {
    test(target.replaceAll(folder, "<folder>"), async () => {
      for (const version of ["HTTP/1.1", "HTTP/1.0"]) {
        const reply = await raw(edge.port, [`GET ${target} ${version}\r\n${HOST}Connection: close\r\n\r\n`]);
        expect(reply).not.toContain(SECRET);
        expect(reply).not.toContain("root:");
        expect([400, 403, 404]).toContain(
          statusOf(reply) === 200 && target.startsWith("/app/") ? 404 : statusOf(reply),
        );
        if (statusOf(reply) === 400)
          expect(["target-ambiguous", "target-escaped-slash", "target-invalid"]).toContain(faultOf(reply));
      }
    });
  }
});
