/** Real curl, and all that can be learnt from one call. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface CurlResult {
  /** curl's exit code: 0 when it found nothing wrong. */
  readonly code: number;
  /** Of the last response. */
  readonly status: number;
  readonly body: Buffer;
  /** Every head that came, interim ones and those of redirects included. */
  readonly heads: string;
  /** The last head's field, or null. */
  field(name: string): string | null;
  readonly redirects: number;
  /** What `--verbose` says. */
  readonly log: string;
}

/** `curl`: its path. Ends after 20 s whatever happens. */
export async function curl(program: string, ...args: readonly string[]): Promise<CurlResult> {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-curl-"));
  const [heads, body] = [join(folder, "heads"), join(folder, "body")];
  const common = ["--silent", "--verbose", "--max-time", "20", "--dump-header", heads, "--output", body];
  try {
    const child = Bun.spawn([program, ...common, "--write-out", "%{http_code} %{num_redirects}", ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [said, log] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    const code = await child.exited;
    const text = read(heads).latin1Slice();
    const [status, redirects] = said.trim().split(" ");
    const last = text.trimEnd().split("\r\n\r\n").at(-1) ?? "";
    return {
      code,
      status: Number(status),
      redirects: Number(redirects),
      body: read(body),
      heads: text,
      log,
      field: (name) => new RegExp(`^${name}: *(.*?)\\r?$`, "im").exec(last)?.[1] ?? null,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
