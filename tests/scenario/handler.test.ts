/** TypeScript handlers behind a real socket: requests in, streams out, and what happens when either side stops. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Handler } from "../../src/contract/plan.ts";
import { Client } from "./support/client.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf, unchunk } from "./support/raw-client.ts";
import { faultOf, fieldOf, linesOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const MEGABYTE = 1 << 20;

/** What the handlers noticed. */
const seen = { aborted: 0, cancelled: 0, pulled: 0, parts: [] as string[], bodyError: "" };

const stream = (
  pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>,
): ReadableStream<Uint8Array> =>
  new ReadableStream({ pull, cancel: () => void seen.cancelled++ }, { highWaterMark: 0 });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const HANDLERS: Record<string, Handler> = {
  facts: async (request, { clientAddress, traceId, params }) =>
    Response.json({
      method: request.method,
      url: request.url,
      x: request.headers.get("x-a"),
      clientAddress,
      traceId,
      params,
    }),
  echo: async (request) => new Response(await request.text()),
  parts: async (request) => {
    seen.parts = [];
    for await (const part of request.body as unknown as AsyncIterable<Uint8Array>)
      seen.parts.push(new TextDecoder().decode(part));
    return new Response("done");
  },
  late: async (request) => {
    await Bun.sleep(250);
    return new Response(String((await request.arrayBuffer()).byteLength));
  },
  ignore: () => new Response("ignored"),
  "body-error": async (request) => {
    seen.bodyError = "";
    await request.text().catch((error: unknown) => (seen.bodyError = String(error)));
    return new Response("never seen");
  },
  events: () => {
    let event = 0;
    const next = stream(async (controller) => {
      if (event > 0) await Bun.sleep(40);
      controller.enqueue(text(`data: ${event++}\n\n`));
    });
    return new Response(next, { headers: { "content-type": "text/event-stream" } });
  },
  three: () => {
    let part = 0;
    return new Response(
      stream((controller) => (part < 3 ? controller.enqueue(text(`part${part++};`)) : controller.close())),
    );
  },
  huge: () => {
    seen.pulled = 0;
    return new Response(
      stream((controller) =>
        seen.pulled++ < 320 ? controller.enqueue(new Uint8Array(65_536).fill(120)) : controller.close(),
      ),
    );
  },
  breaks: () => {
    let part = 0;
    return new Response(
      stream((controller) =>
        part++ < 2 ? controller.enqueue(text("part;")) : controller.error(new Error("secret cause")),
      ),
    );
  },
  short: () =>
    new Response(
      stream((controller) => (controller.enqueue(text("abc")), controller.close())),
      { headers: { "content-length": "100" } },
    ),
  long: () =>
    new Response(
      stream((controller) => (controller.enqueue(text("abcdef")), controller.close())),
      { headers: { "content-length": "3" } },
    ),
  throws: () => {
    throw new Error("secret cause");
  },
  rejects: () => Promise.reject(new Error("secret cause")),
  nothing: () => undefined as unknown as Response,
  "no-status": () => Response.error(),
  fields: () => {
    const headers = new Headers({
      connection: "close, x-gone",
      "transfer-encoding": "gzip",
      "keep-alive": "1",
      "x-kept": "1",
    });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    return new Response("fields", { status: 203, headers });
  },
  none: () => new Response(null, { status: 204 }),
  switching: () => new Response(null, { status: 101 }),
  method: async (request) => new Response(`${request.method} ${request.url} ${await request.text()}`),
  slow: async (request) => {
    request.signal.addEventListener("abort", () => seen.aborted++);
    await Bun.sleep(400);
    return new Response("too late");
  },
};

let edge: TestEdge;

beforeAll(async () => {
  const routes = Object.entries(HANDLERS).map(([name, handler]) => ({
    name,
    match: { path: name === "method" ? ["/*"] : [`/${name}`, `/${name}/:id`] },
    handler,
  }));
  edge = await edgeWith({ routes, timeouts: { drain: "100ms", linger: "500ms" } });
});

afterAll(() => edge.stop());

const head = (path: string, method = "GET", fields = ""): string =>
  `${method} ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const get = (path: string): Promise<string> => raw(edge.port, [head(path)], { until: isComplete });

describe("a request", () => {
  test("is a standard Request with what the edge knows", async () => {
    const asked = head("/facts/a%20b?q=1", "GET", "X-A: 1\r\nX-A: 2\r\n");
    const reply = await raw(edge.port, [asked], { until: isComplete });
    const facts = JSON.parse(bodyOf(reply)) as Record<string, unknown>;
    expect(facts).toMatchObject({
      method: "GET",
      url: "http://h.example/facts/a%20b?q=1",
      x: "1, 2",
      clientAddress: "127.0.0.1",
    });
    expect(facts["params"]).toEqual({ id: "a b" });
    expect(facts["traceId"]).toMatch(/^[0-9a-f]{32}$/);
  });

  test("brings its body, by length and in chunks", async () => {
    const body = "0123456789".repeat(30_000);
    const whole = await raw(edge.port, [head("/echo", "POST", `Content-Length: ${body.length}\r\n`), body], {
      until: (got) => unchunk(bodyOf(got)).length >= body.length,
    });
    expect(unchunk(bodyOf(whole)) === body || bodyOf(whole) === body).toBe(true);
    const chunked = await raw(
      edge.port,
      [head("/echo", "POST", "Transfer-Encoding: chunked\r\n"), "5\r\nhello\r\n", 20, "6\r\n world\r\n0\r\n\r\n"],
      { until: isComplete },
    );
    expect(bodyOf(chunked)).toBe("hello world");
  });

  test("is streamed: the handler reads a part before the next one is sent", async () => {
    const client = await Client.sending(edge.port, head("/parts", "POST", "Content-Length: 6\r\n"));
    for (const part of ["ab", "cd", "ef"]) {
      client.write(part);
      expect(await poll(() => seen.parts.includes(part))).toBe(true);
    }
    expect(await client.until((got) => got.includes("done"))).toContain("done");
    client.close();
  });

  test("waits with its body until the handler reads it", async () => {
    const size = 48 * MEGABYTE;
    const client = await Client.sending(edge.port, head("/late", "POST", `Content-Length: ${size}\r\n`));
    client.write(Buffer.alloc(size, "b"));
    await Bun.sleep(150);
    expect(client.pending).toBeGreaterThan(16 * MEGABYTE);
    expect(await client.until((got) => got.includes(String(size)))).toContain("200 OK");
    client.close();
  });

  test("whose body nobody reads is answered, and so is the next one", async () => {
    const client = await Client.open(edge.port);
    for (let turn = 0; turn < 3; turn++) {
      const reply = await client.ask(
        `${head("/ignore", "POST", "Content-Length: 100000\r\n")}${"b".repeat(100_000)}`,
        (got) => got.includes("ignored"),
      );
      expect(statusOf(reply)).toBe(200);
    }
    client.close();
  });
});

describe("a request that a Request would change", () => {
  const cases: ReadonlyArray<readonly [head: string, body: string, seen: string]> = [
    ["TRACK /method HTTP/1.1", "", "TRACK http://h.example/method "],
    ["post /method HTTP/1.1", "abc", "post http://h.example/method abc"],
    ["BREW /method HTTP/1.1", "abc", "BREW http://h.example/method abc"],
    ["get /method HTTP/1.1", "", "get http://h.example/method "],
    ["OPTIONS * HTTP/1.1", "", "OPTIONS http://h.example/ "],
    ["GET //method//x HTTP/1.1", "", "GET http://h.example/method/x "],
    ["GET /method/%61%5bx]?a//\\b HTTP/1.1", "", "GET http://h.example/method/a%5Bx%5D?a//\\b "],
  ];
  for (const [line, body, told] of cases) {
    test(`${line} is told as it is`, async () => {
      const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
      const reply = await raw(edge.port, [`${line}\r\n${HOST}${length}\r\n${body}`], { until: isComplete });
      expect([statusOf(reply), bodyOf(reply)]).toEqual([200, told]);
    });
  }

  for (const host of ["256.1.1.1", "0x7f.1", "xn--a"]) {
    test(`a host that is none in a URL, ${host}, is the client's fault`, async () => {
      const reply = await raw(edge.port, [`GET /method HTTP/1.1\r\nHost: ${host}\r\n\r\n`], { until: isComplete });
      expect([statusOf(reply), faultOf(reply)]).toEqual([400, "host-invalid"]);
    });
  }
});

describe("a reply", () => {
  test("that is whole has a length, also to HEAD", async () => {
    const reply = await get("/ignore");
    expect([fieldOf(reply, "Content-Length"), fieldOf(reply, "Transfer-Encoding"), bodyOf(reply)]).toEqual([
      "7",
      undefined,
      "ignored",
    ]);
    const headers = await raw(edge.port, [head("/ignore", "HEAD")], { until: (got) => got.endsWith("\r\n\r\n") });
    expect([fieldOf(headers, "Content-Length"), bodyOf(headers)]).toEqual(["7", ""]);
  });

  test("of a stream is chunked, and its parts leave as they are made", async () => {
    const reply = await get("/three");
    expect(fieldOf(reply, "Transfer-Encoding")).toBe("chunked");
    expect(unchunk(bodyOf(reply))).toBe("part0;part1;part2;");
    expect(await raw(edge.port, ["GET /three HTTP/1.0\r\n\r\n"])).toEndWith("\r\n\r\npart0;part1;part2;");
  });

  test("of an event stream arrives event by event; the handler learns when nobody listens any more", async () => {
    seen.cancelled = 0;
    const client = await Client.sending(edge.port, head("/events"));
    await client.until((got) => got.includes("data: 0"));
    expect(client.received).not.toContain("data: 2");
    await client.until((got) => got.includes("data: 2"));
    client.abort();
    expect(await poll(() => seen.cancelled === 1)).toBe(true);
    expect((await recordOf(edge, "/events")).fault).toBe("client-aborted");
  });

  test("is made at the pace of a slow reader", async () => {
    const client = await Client.open(edge.port);
    client.pause();
    client.write(head("/huge"));
    await poll(() => seen.pulled > 10);
    await Bun.sleep(150);
    const pulled = seen.pulled;
    expect(pulled).toBeLessThan(240);
    client.resume();
    const reply = await client.until((got) => got.endsWith("0\r\n\r\n"), 10_000);
    expect(unchunk(bodyOf(reply)).length).toBe(20 * MEGABYTE);
    client.close();
  });

  test("to HEAD has no body, and its stream is cancelled", async () => {
    seen.cancelled = 0;
    const reply = await raw(edge.port, [head("/three", "HEAD"), 30], { wait: 200 });
    expect([statusOf(reply), bodyOf(reply)]).toEqual([200, ""]);
    expect(seen.cancelled).toBe(1);
  });

  test("keeps its fields, but for those that are the connection's", async () => {
    const reply = await get("/fields");
    expect(statusOf(reply)).toBe(203);
    expect(linesOf(reply, "Set-Cookie").map((line) => line.slice(12))).toEqual(["a=1", "b=2"]);
    expect(fieldOf(reply, "X-Kept")).toBe("1");
    for (const gone of ["Connection", "Keep-Alive"]) expect(fieldOf(reply, gone)).toBeUndefined();
    expect(reply).not.toContain("gzip");
  });

  test("without a body", async () => {
    const client = await Client.open(edge.port);
    for (let turn = 0; turn < 2; turn++) expect(statusOf(await client.ask(head("/none"), isComplete))).toBe(204);
    client.close();
  });
});

describe("a handler that fails", () => {
  for (const path of ["/throws", "/rejects", "/nothing", "/no-status", "/switching"]) {
    test(`${path}: a 500 page that keeps the cause to the operator, and the connection goes on`, async () => {
      const client = await Client.open(edge.port);
      for (let turn = 0; turn < 2; turn++) {
        const reply = await client.ask(head(path, "GET", "Accept: text/html\r\n"), isComplete);
        expect([statusOf(reply), faultOf(reply)]).toEqual([500, "handler-failed"]);
        expect(fieldOf(reply, "Content-Type")).toStartWith("text/html");
        expect(reply).not.toContain("secret cause");
      }
      client.close();
      const record = await recordOf(edge, path);
      expect(record.fault).toBe("handler-failed");
      if (path === "/throws" || path === "/rejects") expect(record.faultDetail).toBe("secret cause");
    });
  }

  for (const path of ["/breaks", "/short", "/long"]) {
    test(`${path}: in mid-body the client is reset and sees no end`, async () => {
      const client = await Client.sending(edge.port, head(path));
      expect(await client.end()).toBe("reset");
      if (path !== "/long") expect(isComplete(client.received)).toBe(false);
      expect(bodyOf(client.received)).not.toContain("def");
      expect((await recordOf(edge, path)).fault).toBe("handler-failed");
    });
  }
});

describe("a client that leaves", () => {
  test("fires the request's signal, and the late Response is dropped", async () => {
    seen.aborted = 0;
    const client = await Client.sending(edge.port, head("/slow"));
    await Bun.sleep(30);
    client.abort();
    expect(await poll(() => seen.aborted === 1)).toBe(true);
    await Bun.sleep(420);
    const record = await recordOf(edge, "/slow");
    expect([record.fault as string, record.status]).toEqual(["client-aborted", 0]);
  });

  test("in mid-upload ends the body with an error", async () => {
    const client = await Client.sending(edge.port, `${head("/body-error", "POST", "Content-Length: 10\r\n")}abc`);
    await Bun.sleep(30);
    client.abort();
    expect(await poll(() => seen.bodyError !== "")).toBe(true);
    expect(seen.bodyError).toContain("client went away");
  });
});

describe("Expect: 100-continue", () => {
  const asked = (name: string): string =>
    `POST /${name} HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`;

  test("is answered when the handler reads the body", async () => {
    const reply = await raw(edge.port, [asked("echo"), 60, "body"], { until: (text) => text.endsWith("body") });
    expect(reply).toStartWith("HTTP/1.1 100 Continue\r\n");
    expect(reply).toContain("\r\n\r\nHTTP/1.1 200 OK\r\n");
    expect(reply).toContain("body");
  });

  test("is not answered when it does not, and the connection ends", async () => {
    const reply = await raw(edge.port, [asked("ignore")], {});
    expect(statusOf(reply)).toBe(200);
    expect(reply).not.toContain("100 Continue");
    expect(fieldOf(reply, "Connection")).toBe("close");
  });
});
