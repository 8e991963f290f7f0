/** One service as a process: how it starts, and every way in which it ends. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stillRunning } from "./is-running.ts";

const SERVICE = join(import.meta.dir, "service.ts");
const directory = mkdtempSync(join(tmpdir(), "roundtrip-service-test-"));
const database = join(directory, "shop.sqlite");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Service = Bun.Subprocess<"pipe", "pipe", "pipe">;

function spawn(args: readonly string[], env: Record<string, string> = {}): Service {
  const command = [process.execPath, SERVICE, ...args];
  return Bun.spawn(command, {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, DATABASE_URL: "", ...env },
  });
}

/** The address of a service that has printed its ready line. */
async function addressOf(service: Service): Promise<string> {
  for await (const chunk of service.stdout) {
    const ready: { port: number; pid: number } = JSON.parse(new TextDecoder().decode(chunk));
    expect(ready.pid).toBe(service.pid);
    return `http://127.0.0.1:${ready.port}`;
  }
  throw new Error(await new Response(service.stderr).text());
}

describe("a service that starts", () => {
  test("says in one line what it is, and logs requests, but no health checks, with their trace id only when VERBOSE", async () => {
    const service = spawn(["orders", "--database", database, "--instance", "orders-9"], { VERBOSE: "1" });
    const address = await addressOf(service);
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    const answer = await fetch(`${address}/orders/1?x=1`, { headers: { traceparent } });
    expect(answer.headers.get("X-Instance")).toBe("orders-9");
    service.kill("SIGTERM");
    expect(await service.exited).toBe(0);
    expect(await new Response(service.stderr).text()).toMatch(
      /^orders-9 GET \/orders\/1\?x=1 200 [\d.]+ ms trace=4bf92f3577b34da6a3ce929d0e0e4736\n$/,
    );
  });

  test.each([
    [["payments"], 2, "Expected one service, users or orders"],
    [["users", "--port", "99999"], 2, "--port must be from 0 to 65535"],
    [["users", "--colour"], 2, "Usage: service.ts"],
    [["users"], 1, "it has no database"],
    [["users", "--database", "/nowhere/shop.sqlite"], 1, "Is the directory there, and writable?"],
  ] as const)("or does not, and says why: %p", async (args, code, message) => {
    const service = spawn(args);
    expect(await service.exited).toBe(code);
    expect(await new Response(service.stderr).text()).toContain(message);
  });

  test("does not start on a port that is taken", async () => {
    using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const service = spawn(["users", "--database", database, "--port", String(taken.port)]);
    expect(await service.exited).toBe(1);
    expect(await new Response(service.stderr).text()).toContain(`cannot listen on port ${taken.port}`);
  });
});

describe("a service that ends", () => {
  test("on SIGTERM finishes a live request, takes no new connection, and is gone at once", async () => {
    const service = spawn(["users", "--database", database]);
    const address = await addressOf(service);
    const live = fetch(`${address}/slow?ms=300`);
    await Bun.sleep(50);
    const begun = performance.now();
    service.kill("SIGTERM");
    await Bun.sleep(50);
    await expect(fetch(`${address}/healthz`, { keepalive: false })).rejects.toThrow();
    const answer = await live;
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Connection")).toBe("close");
    expect(await service.exited).toBe(0);
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  test("does not wait longer than a second for slow requests, nor for event streams and WebSockets", async () => {
    const service = spawn(["orders", "--database", database]);
    const address = await addressOf(service);
    const slow = fetch(`${address}/slow?ms=20000`).then(
      () => "answered",
      () => "cut",
    );
    const events = await fetch(`${address}/orders/events`);
    const ended = events.text();
    await Bun.sleep(50);
    const begun = performance.now();
    service.kill("SIGTERM");
    expect(await ended).toStartWith("id: 1\n");
    expect(await slow).toBe("cut");
    expect(await service.exited).toBe(0);
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  test("when its standard input ends, and not by ctrl-C, if it is told to end with its parent", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "roundtrip-service-test-"));
    const service = spawn([
      "users",
      `--database=${join(temporary, "shop.sqlite")}`,
      "--exit-with-parent",
      `--temporary=${temporary}`,
    ]);
    const address = await addressOf(service);
    service.kill("SIGINT");
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    await service.stdin.end();
    expect(await service.exited).toBe(0);
    expect(existsSync(temporary)).toBe(false);
  });

  test("by ctrl-C when it runs on its own", async () => {
    const service = spawn(["users", "--database", database]);
    await addressOf(service);
    service.kill("SIGINT");
    expect(await service.exited).toBe(0);
    expect(existsSync(database)).toBe(true);
  });

  test("when the process that started the shop is killed: nothing is left behind", async () => {
    const script = `
      const { startShop } = await import(${JSON.stringify(join(import.meta.dir, "start-services.ts"))});
      const shop = await startShop();
      console.log(JSON.stringify({ data: shop.data, pids: shop.services.map((service) => service.pid) }));
      await Bun.sleep(60_000);`;
    const parent = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    const line = new TextDecoder().decode((await parent.stdout.getReader().read()).value);
    const shop: { data: string; pids: number[] } = JSON.parse(line);
    expect(shop.pids).toHaveLength(4);
    expect(existsSync(shop.data)).toBe(true);
    parent.kill("SIGKILL");
    expect(await stillRunning(shop.pids)).toEqual([]);
    expect(existsSync(shop.data)).toBe(false);
  });
});
