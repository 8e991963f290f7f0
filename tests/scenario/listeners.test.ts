/** Routes of one listener: what comes to another does not reach them, and a reload may give it another name. */
import { afterEach, describe, expect, test } from "bun:test";

import type { Config } from "../../src/config/config.ts";
import { Client } from "./support/client.ts";
import { edgeFromFile, type FileEdge } from "./support/edge-from-file.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";

const opened: FileEdge[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.stop();
});

const REQUEST = "GET /metrics HTTP/1.1\r\nHost: h.example\r\n\r\n";
const ADDRESS = "127.0.0.1:0";

function config(first: string, second: string): Config {
  return {
    listeners: [
      { address: ADDRESS, name: first },
      { address: ADDRESS, name: second },
    ],
    routes: [
      { name: "metrics", match: { path: "/metrics", listener: "internal" }, respond: { body: "secret" } },
      { name: "all", match: { listener: ["public", "internal"] }, respond: { status: 404, body: "nothing" } },
    ],
  };
}

async function start(): Promise<{ readonly edge: FileEdge; readonly ports: readonly [number, number] }> {
  const edge = await edgeFromFile(config("public", "internal"));
  opened.push(edge);
  const [first, second] = edge.edge.listeners.map(({ port }) => port);
  return { edge, ports: [first!, second!] };
}

async function ask(port: number): Promise<string> {
  const reply = await raw(port, [REQUEST], { until: isComplete });
  return `${statusOf(reply)} ${bodyOf(reply)}`;
}

describe("routes of a listener", () => {
  test("serve what came to it, and nobody else", async () => {
    const { ports } = await start();
    expect(await ask(ports[0])).toBe("404 nothing");
    expect(await ask(ports[1])).toBe("200 secret");
  });

  test("are explained for the listener whose port the URL has, else for the first", async () => {
    const { edge, ports } = await start();
    const routeOf = async (port: number): Promise<readonly [string, string]> => {
      const url = `http://h.example:${port}/metrics`;
      const { record } = await edge.edge.control.explain({ method: "GET", url, fields: [], client: "192.0.2.1" });
      const other = record.detail!.routes.find(({ route }) => route === "metrics")!;
      return [record.route, other.failed === "listener" ? other.detail : other.failed];
    };
    expect(await routeOf(ports[1])).toEqual(["metrics", ""]);
    const refusal = "listener internal is asked for, and the request came to public";
    expect(await routeOf(ports[0])).toEqual(["all", refusal]);
    expect(await routeOf(80)).toEqual(["all", refusal]);
  });

  test("go by the names of the plan in use, also on connections that are open", async () => {
    const { edge, ports } = await start();
    const client = await Client.open(ports[0]);
    expect(bodyOf(await client.ask(REQUEST, isComplete))).toBe("nothing");
    expect(await edge.reload(config("internal", "public"))).toMatchObject({ ok: true });
    expect(bodyOf(await client.ask(REQUEST, isComplete))).toBe("secret");
    expect(await ask(ports[0])).toBe("200 secret");
    expect(await ask(ports[1])).toBe("404 nothing");
    expect(client.gone).toBe(false);
    client.close();
  });
});
