/** A folder of files to serve, in all the ways that matter. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reply } from "../../contract/reply.ts";
import { createStatic, type StaticOptions } from "./static.ts";

/** When the files were changed. */
export const OLD = new Date("2026-01-02T03:04:05.678Z");
export const OLD_TEXT = "Fri, 02 Jan 2026 03:04:05 GMT";
export const BIG = Buffer.from(Array.from({ length: 700_001 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));

export interface Got {
  status: number;
  fields: Record<string, string>;
  text: string;
  length: number;
}

export async function bodyOf(reply: Reply): Promise<Buffer> {
  if (reply.body.kind === "none") return Buffer.alloc(0);
  return reply.body.kind === "bytes"
    ? Buffer.from(reply.body.bytes)
    : Buffer.from(await new Response(reply.body.stream).bytes());
}

/** Files below `root`, which is what is served, and beside it in `base`. */
export function makeSite() {
  const base = mkdtempSync(join(tmpdir(), "static-test-"));
  const root = join(base, "site");
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

  function make(options: Partial<StaticOptions> = {}, now?: () => number) {
    return createStatic(
      { root, index: ["index.html", "index.htm"], precompressed: true, symlinks: "inside", ...options },
      now,
    );
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

  return { base, root, make, get, asNobody, remove: () => rmSync(base, { recursive: true }) };
}
