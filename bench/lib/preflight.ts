/**
 * Before anything is measured: does the peer deliver what the origin sends, and does the origin get the forwarding
 * fields that every peer is configured to add?
 */
const EXPECTED = [
  /^x-real-ip: 127\.0\.0\.1$/im,
  /^x-forwarded-for: 127\.0\.0\.1$/im,
  /^x-forwarded-proto: http$/im,
  /^x-forwarded-host: 127\.0\.0\.1/im,
  /^via: 1\.1 /im,
  /^(x-request-id|traceparent): ./im,
];

/** Throws when a reply differs from the origin's. Returns the names of forwarding fields that are missing. */
export async function preflight(port: number, origin: number, echoes: boolean): Promise<string[]> {
  for (const path of ["/", "/20k", "/64k", "/1m", "/app5/sub5/x/y?z=1"]) {
    const [got, wanted] = await Promise.all([body(port, path), body(origin, path)]);
    if (!got.equals(wanted))
      throw new Error(`${path}: ${got.length} bytes that differ from the origin's ${wanted.length}`);
  }
  const upload = await fetch(`http://127.0.0.1:${port}/post`, { method: "POST", body: "x".repeat(64 * 1024) });
  if ((await upload.text()) !== "ok\n") throw new Error(`POST /post: status ${upload.status}`);
  if (!echoes) return [];
  const head = (await body(port, "/echo")).toString("latin1").replaceAll("\r", "");
  return EXPECTED.filter((field) => !field.test(head)).map((field) => field.source.slice(1).split(":")[0] ?? "");
}

async function body(port: number, path: string): Promise<Buffer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  if (response.status !== 200) throw new Error(`GET ${path}: status ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
