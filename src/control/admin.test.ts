import { afterEach, describe, expect, test } from "bun:test";
import { request } from "node:http";
import { startAdmin } from "./admin.ts";
import { AdminForTests, FakeControl, TOKEN, TRACE_ID } from "./control-for-tests.ts";

const admin = new AdminForTests();
afterEach(() => admin.stop());

/** With a Host of one's own, which `fetch` would not send. */
function callAs(url: string, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { host, authorization: `Bearer ${TOKEN}` };
  request(url, { headers }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  })
    .on("error", reject)
    .end();
  return promise;
}

describe("who may ask", () => {
  test("nobody without the token, for any path", async () => {
    await admin.start(new FakeControl());
    for (const path of ["/status", "/traces", "/pools/shop", "/metrics", "/nothing", "/stop"]) {
      const { status, response } = await admin.call(path, "GET", undefined, { authorization: "Bearer wrong" });
      expect(status).toBe(401);
      expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
    }
  });

  test("only under a loopback name: a rebound DNS name is refused", async () => {
    const url = await admin.start(new FakeControl());
    expect(await callAs(`${url}/status`, "localhost:1")).toBe(200);
    expect(await callAs(`${url}/status`, "[::1]:1")).toBe(200);
    expect(await callAs(`${url}/status`, "attacker.example")).toBe(421);
    expect(await callAs(`${url}/status`, "127.0.0.1.attacker.example")).toBe(421);
    for (const malformed of ["127.0.0.1:99999", "[::1", "127.0.0.1:a", "a b"]) {
      expect([malformed, await callAs(`${url}/status`, malformed)]).toEqual([malformed, 400]);
    }
  });

  test("it listens on loopback addresses alone", async () => {
    const options = { control: new FakeControl(), port: 0, token: TOKEN, explainTree: () => ({}) };
    await expect(startAdmin({ ...options, host: "0.0.0.0" })).rejects.toThrow("loopback");
  });
});

describe("endpoints", () => {
  test("GET /status", async () => {
    await admin.start(new FakeControl({ config: "a b*4", maxConnections: 2 }));
    const { body, response } = await admin.call("/status");
    expect(body).toMatchObject({
      version: "1.2.3",
      pid: process.pid,
      uptimeSeconds: 5,
      draining: false,
      plan: { version: 3, source: "edge.yaml", routes: 2 },
      listeners: ["[::]:8080"],
      connections: 7,
      exchanges: 2,
      pools: [
        {
          name: "shop",
          algorithm: "round-robin",
          targets: [
            { address: "a:80", state: "up" },
            { address: "b:80", state: "up", weight: { wanted: 4 } },
          ],
        },
      ],
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("POST /explain fills in what is not given", async () => {
    const control = new FakeControl();
    await admin.start(control);
    const { status, body } = await admin.call("/explain", "POST", { url: "http://a.test/" });
    expect({ status, body }).toEqual({ status: 200, body: { sent: false, status: 200 } });
    expect(control.explained).toEqual([{ method: "GET", url: "http://a.test/", fields: [], client: "127.0.0.1" }]);
  });

  test.each([
    ["no JSON", "{", "the body is not JSON"],
    ["no URL", "{}", "url: "],
    ["another scheme", '{"url":"ftp://a/"}', "http or https"],
    ["a method that is none", '{"url":"http://a/","method":"A B"}', "method: is not a method"],
    ["a client that is not an address", '{"url":"http://a/","client":"me"}', "client: must be an IP address"],
    ["an unknown member", '{"url":"http://a/","headers":{}}', "headers"],
  ])("POST /explain refuses %s", async (_, body, message) => {
    await admin.start(new FakeControl());
    const answer = await admin.call("/explain", "POST", body);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(message);
  });

  test("GET /traces lists summaries", async () => {
    await admin.start(new FakeControl());
    expect((await admin.call("/traces")).body).toHaveLength(50);
    const { body } = await admin.call("/traces?limit=1");
    expect(body).toEqual([
      {
        traceId: TRACE_ID,
        time: "2026-01-01T00:00:00.000Z",
        method: "GET",
        authority: "",
        target: "/x",
        status: 200,
        fault: null,
        route: "",
        upstream: "",
        totalMs: 2.5,
      },
    ]);
    for (const limit of ["-1", "x", "1001", ""]) expect((await admin.call(`/traces?limit=${limit}`)).status).toBe(400);
  });

  test("GET /traces/:id", async () => {
    await admin.start(new FakeControl());
    expect((await admin.call(`/traces/${TRACE_ID}`)).body).toEqual({ sent: true, status: 200 });
    expect((await admin.call(`/traces/${TRACE_ID.replace("0", "1")}`)).status).toBe(404);
    expect((await admin.call("/traces/nonsense")).status).toBe(400);
    expect((await admin.call(`/traces/${TRACE_ID}/x`)).status).toBe(404);
  });

  test("POST /reload", async () => {
    const control = new FakeControl();
    await admin.start(control);
    expect(await admin.call("/reload", "POST")).toMatchObject({ status: 200, body: { ok: true, version: 4 } });
    control.reloadResult = { ok: false, problems: "line 3" };
    expect(await admin.call("/reload", "POST")).toMatchObject({ status: 422, body: { problems: "line 3" } });
  });

  test("POST /stop answers before the edge stops", async () => {
    const control = new FakeControl();
    await admin.start(control);
    expect(await admin.call("/stop", "POST")).toMatchObject({ status: 202, body: { withinMs: 30_000 } });
    expect(await control.stopped.promise).toMatchObject({ within: 30_000 });
    expect(await admin.call("/stop", "POST", { timeout: "5s" })).toMatchObject({ body: { withinMs: 5000 } });
    expect((await admin.call("/stop", "POST", { timeuot: "5s" })).body).toEqual({
      error: 'unknown member "timeuot"; did you mean timeout?',
    });
  });

  test("unknown paths and methods", async () => {
    await admin.start(new FakeControl());
    expect((await admin.call("/")).status).toBe(404);
    expect((await admin.call("/constructor")).status).toBe(404);
    expect((await admin.call("/polls")).body).toEqual({ error: "there is no /polls", remedy: "Did you mean /pools?" });
    const { status, response } = await admin.call("/reload");
    expect(status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  test("a bug shows no detail", async () => {
    const control = new FakeControl();
    control.failing = true;
    await admin.start(control);
    const answer = await admin.call("/explain", "POST", { url: "http://a/" });
    expect(answer).toMatchObject({ status: 500, body: { error: "the admin API failed" } });
  });
});
