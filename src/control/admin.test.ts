import { afterEach, describe, expect, test } from "bun:test";
import { request } from "node:http";
import type { Plan } from "../contract/plan.ts";
import type { Target } from "../contract/target.ts";
import { Stamp, TraceRecord } from "../contract/trace-record.ts";
import { startAdmin, type RunningAdmin } from "./admin.ts";
import type { EdgeControl, ExplainRequest, ReloadResult } from "./edge-control.ts";

const TOKEN = "a-token-of-some-length";
const ID = "0af7651916cd43dd8448eb211c80319c";

function target(changes: Partial<Target>): Target {
  return {
    address: "a:1",
    weight: 1,
    active: 0,
    downUntil: 0,
    failures: 0,
    draining: false,
    maxConnections: 0,
    ...changes,
  } as Target;
}

const PLAN = {
  version: 3,
  source: "edge.yaml",
  routes: [{}, {}],
  pools: new Map([
    [
      "orders",
      {
        name: "orders",
        balancer: { name: "round-robin" },
        targets: [
          target({}),
          target({ address: "b:2", downUntil: 6000, failures: 3 }),
          target({ address: "c:3", maxConnections: 2, active: 2, weight: 4 }),
          target({ address: "d:4", draining: true }),
        ],
      },
    ],
  ]),
} as unknown as Plan;

function keptRecord(): TraceRecord {
  const record = new TraceRecord();
  record.ids.write(ID, 0, "hex");
  record.lineLength = record.line.latin1Write("GET /x HTTP/1.1");
  record.methodLength = 3;
  record.time = Date.UTC(2026, 0, 1);
  record.status = 200;
  record.stamps[Stamp.headBegun] = 1_000_000;
  record.stamps[Stamp.replyWritten] = 3_500_000;
  return record;
}

class FakeControl implements EdgeControl {
  explained: ExplainRequest[] = [];
  reloadResult: ReloadResult = { ok: true, version: 4 };
  stopped = Promise.withResolvers<void>();
  failing = false;

  plan(): Plan {
    return PLAN;
  }
  explain(input: ExplainRequest): Promise<{ record: TraceRecord; reply: null }> {
    if (this.failing) throw new Error("secret detail");
    this.explained.push(input);
    return Promise.resolve({ record: keptRecord(), reply: null });
  }
  trace(id: string): TraceRecord | undefined {
    return id === ID ? keptRecord() : undefined;
  }
  recent(limit: number): TraceRecord[] {
    return Array.from({ length: Math.min(limit, 60) }, keptRecord);
  }
  reload(): Promise<ReloadResult> {
    return Promise.resolve(this.reloadResult);
  }
  status(): ReturnType<EdgeControl["status"]> {
    const listeners = [{ host: "::", port: 8080 }];
    return {
      version: "1.2.3",
      started: Date.now() - 5000,
      listeners,
      connections: 7,
      exchanges: 2,
      draining: false,
      now: 1000,
    };
  }
  stop(): Promise<void> {
    this.stopped.resolve();
    return Promise.resolve();
  }
}

let admin: RunningAdmin | null = null;
afterEach(async () => {
  await admin?.stop();
  admin = null;
});

async function start(control: EdgeControl = new FakeControl()): Promise<string> {
  const explainTree = (source: { sent: boolean; record: TraceRecord }): object => ({
    sent: source.sent,
    status: source.record.status,
  });
  admin = await startAdmin({ control, host: "127.0.0.1", port: 0, token: TOKEN, explainTree });
  return `http://127.0.0.1:${admin.port}`;
}

async function call(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown; response: Response }> {
  const response = await fetch(url, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as object) },
  });
  return { status: response.status, body: await response.json(), response };
}

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
    const url = await start();
    for (const path of ["/status", "/traces", "/nothing", "/stop"]) {
      const { status, response } = await call(url + path, { headers: { authorization: "Bearer wrong" } });
      expect(status).toBe(401);
      expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
    }
  });

  test("only under a loopback name: a rebound DNS name is refused", async () => {
    const url = await start();
    expect(await callAs(`${url}/status`, "localhost:1")).toBe(200);
    expect(await callAs(`${url}/status`, "[::1]:1")).toBe(200);
    expect(await callAs(`${url}/status`, "attacker.example")).toBe(421);
    expect(await callAs(`${url}/status`, "127.0.0.1.attacker.example")).toBe(421);
  });

  test("it listens on loopback addresses alone", async () => {
    const options = { control: new FakeControl(), port: 0, token: TOKEN, explainTree: () => ({}) };
    await expect(startAdmin({ ...options, host: "0.0.0.0" })).rejects.toThrow("loopback");
  });
});

describe("endpoints", () => {
  test("GET /status", async () => {
    const { body, response } = await call(`${await start()}/status`);
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
          name: "orders",
          balance: "round-robin",
          targets: [
            { address: "a:1", state: "up", restMs: 0 },
            { address: "b:2", state: "down", restMs: 5000, failures: 3 },
            { address: "c:3", state: "full", active: 2, weight: 4 },
            { address: "d:4", state: "draining" },
          ],
        },
      ],
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("POST /explain fills in what is not given", async () => {
    const control = new FakeControl();
    const url = await start(control);
    const { status, body } = await call(`${url}/explain`, {
      method: "POST",
      body: JSON.stringify({ url: "http://a.test/" }),
    });
    expect({ status, body }).toEqual({ status: 200, body: { sent: false, status: 200 } });
    expect(control.explained).toEqual([{ method: "GET", url: "http://a.test/", fields: [], client: "127.0.0.1" }]);
  });

  test.each([
    ["no JSON", "{", "the body is no JSON"],
    ["no URL", "{}", "url: "],
    ["another scheme", '{"url":"ftp://a/"}', "http or https"],
    ["a method that is none", '{"url":"http://a/","method":"A B"}', "method: is no method"],
    ["a client that is no address", '{"url":"http://a/","client":"me"}', "client: must be an IP address"],
    ["an unknown member", '{"url":"http://a/","headers":{}}', "headers"],
  ])("POST /explain refuses %s", async (_, body, message) => {
    const answer = await call(`${await start()}/explain`, { method: "POST", body });
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(message);
  });

  test("GET /traces lists summaries", async () => {
    const url = await start();
    expect((await call(`${url}/traces`)).body).toHaveLength(50);
    const { body } = await call(`${url}/traces?limit=1`);
    expect(body).toEqual([
      {
        traceId: ID,
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
    for (const limit of ["-1", "x", "1001", ""]) expect((await call(`${url}/traces?limit=${limit}`)).status).toBe(400);
  });

  test("GET /traces/:id", async () => {
    const url = await start();
    expect((await call(`${url}/traces/${ID}`)).body).toEqual({ sent: true, status: 200 });
    expect((await call(`${url}/traces/${ID.replace("0", "1")}`)).status).toBe(404);
    expect((await call(`${url}/traces/nonsense`)).status).toBe(400);
    expect((await call(`${url}/traces/${ID}/x`)).status).toBe(400);
  });

  test("POST /reload", async () => {
    const control = new FakeControl();
    const url = await start(control);
    expect(await call(`${url}/reload`, { method: "POST" })).toMatchObject({
      status: 200,
      body: { ok: true, version: 4 },
    });
    control.reloadResult = { ok: false, problems: "line 3" };
    expect(await call(`${url}/reload`, { method: "POST" })).toMatchObject({
      status: 422,
      body: { problems: "line 3" },
    });
  });

  test("POST /stop answers before the edge stops", async () => {
    const control = new FakeControl();
    const { status } = await call(`${await start(control)}/stop`, { method: "POST" });
    expect(status).toBe(202);
    await control.stopped.promise;
  });

  test("unknown paths and methods", async () => {
    const url = await start();
    expect((await call(`${url}/`)).status).toBe(404);
    expect((await call(`${url}/constructor`)).status).toBe(404);
    const { status, response } = await call(`${url}/reload`);
    expect(status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  test("a bug shows no detail", async () => {
    const control = new FakeControl();
    control.failing = true;
    const answer = await call(`${await start(control)}/explain`, { method: "POST", body: '{"url":"http://a/"}' });
    expect(answer).toMatchObject({ status: 500, body: { error: "the admin API failed" } });
  });
});
