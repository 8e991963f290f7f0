/** The demonstration as a person runs it: one process that starts the others, until ctrl-C. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Resolver } from "node:dns/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stillRunning } from "../../examples/shop/is-running.ts";
import { freePort } from "./free-port.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const SCRIPT = `
  const { runDemonstration } = await import(${JSON.stringify(join(import.meta.dir, "demonstration.ts"))});
  process.exit(await runDemonstration({ port: Number(process.env.PORT) }));`;

class Demonstration {
  readonly child: Bun.Subprocess<"ignore", "pipe", "inherit">;
  output = "";
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();

  constructor(port: number) {
    this.child = Bun.spawn([process.execPath, "-e", SCRIPT], {
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, DATABASE_URL: "", PORT: String(port) },
    });
    this.#reader = this.child.stdout.getReader();
  }

  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`ended before it said "${text}":\n${this.output}`);
      this.output += this.#decoder.decode(value, { stream: true });
    }
  }

  async rest(): Promise<void> {
    for (let read = await this.#reader.read(); !read.done; read = await this.#reader.read()) {
      this.output += this.#decoder.decode(read.value, { stream: true });
    }
  }

  get edge(): string {
    return /edge {2,}(http:\S+)/.exec(this.output)?.[1] ?? "";
  }

  /** Nothing may be left: no service, no temporary directory. */
  async expectAllGone(): Promise<void> {
    const pids = [...this.output.matchAll(/is ready on \S+ \(pid (\d+)\)/g)].map((match) => Number(match[1]));
    expect(pids).toHaveLength(4);
    expect(await stillRunning(pids)).toEqual([]);
    const directory = /access log {2}(.*)\/access\.log/.exec(this.output)?.[1] ?? "";
    expect(directory).toContain("roundtrip-shop-");
    expect(existsSync(directory)).toBe(false);
  }
}

describe("runDemonstration", () => {
  test("serves the shop behind the edge, and ctrl-C stops all of it with a line for each part", async () => {
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const demonstration = new Demonstration(taken.port);
    await demonstration.until("Ctrl-C stops everything.");
    taken.stop(true);
    const { edge } = demonstration;
    expect(demonstration.output).toContain(`Port ${taken.port} is taken; the edge listens on ${new URL(edge).port}`);

    const page = await fetch(`${edge}/`);
    expect(page.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    const html = await page.text();
    expect(html).toContain("<h1>The shop behind Roundtrip</h1>");
    const links = [...html.matchAll(/href="([^"]+)"/g)].map((match) => (match[1] ?? "").replaceAll("&amp;", "&"));
    expect(links.length).toBeGreaterThan(8);
    for (const link of links.filter((link) => !/slow|events/.test(link))) {
      const answer = await fetch(edge + link);
      await answer.arrayBuffer();
      expect([link, answer.status]).toEqual([link, link === "/nowhere" ? 404 : link.startsWith("/fail") ? 503 : 200]);
    }
    const user = await fetch(`${edge}/users/7`);
    expect([user.status, user.headers.get("X-Instance")]).toEqual([200, expect.stringMatching(/^users-[12]$/)]);
    expect(await user.json()).toMatchObject({ id: 7 });
    const order = await fetch(`${edge}/orders/42`);
    expect(order.headers.get("X-Instance")).toMatch(/^orders-[12]$/);
    expect(await (await fetch(`${edge}/hello/you`)).json()).toMatchObject({ hello: "you", clientAddress: "127.0.0.1" });
    const resolver = new Resolver();
    resolver.setServers([/names {2,}(127\S+)/.exec(demonstration.output)?.[1] ?? ""]);
    expect(await resolver.resolve4("users.shop.test")).toEqual(["127.0.0.1"]);
    const query = "AAABAAABAAAAAAAAA3d3dwRzaG9wBHRlc3QAAAEAAQ";
    const named = await fetch(`${edge}/dns-query?dns=${query}`);
    expect([named.status, named.headers.get("Content-Type")]).toEqual([200, "application/dns-message"]);

    const moved = await fetch(`${edge}/shop`, { redirect: "manual" });
    expect([moved.status, moved.headers.get("Location")]).toEqual([302, expect.stringMatching(/\/users$/)]);

    // Twice at once, as under npm: the second one is an echo of the first.
    demonstration.child.kill("SIGINT");
    demonstration.child.kill("SIGINT");
    await demonstration.rest();
    expect(await demonstration.child.exited).toBe(0);
    const said = demonstration.output.slice(demonstration.output.indexOf("SIGINT"));
    for (const part of ["edge", "users-1", "users-2", "orders-1", "orders-2"])
      expect(said).toContain(`${part} stopped\n`);
    expect(said).toEndWith("temporary files removed\n");
    await demonstration.expectAllGone();
  });

  test("roundtrip stop ends all of it too", async () => {
    const demonstration = new Demonstration(freePort("127.0.0.1", 18_080));
    await demonstration.until("Ctrl-C stops everything.");
    const { port } = new URL(demonstration.edge);
    const main = join(import.meta.dir, "../main.ts");
    const stopping = Bun.spawn([process.execPath, main, "stop", "--port", port], { stdout: "pipe", stderr: "pipe" });
    await demonstration.rest();
    expect(await demonstration.child.exited).toBe(0);
    expect(await stopping.exited).toBe(0);
    expect(await new Response(stopping.stdout).text()).toContain(", demonstration, process ");
    await demonstration.expectAllGone();
  });

  test("a second ctrl-C does not wait for live requests", async () => {
    const demonstration = new Demonstration(freePort("127.0.0.1", 18_080));
    await demonstration.until("Ctrl-C stops everything.");
    // Its head has come: it is under way.
    const live = (await fetch(`${demonstration.edge}/orders/events`)).text().catch(() => null);
    demonstration.child.kill("SIGTERM");
    await demonstration.until("SIGTERM");
    await Bun.sleep(800);
    expect(demonstration.child.exitCode).toBe(null);
    demonstration.child.kill("SIGINT");
    expect(await demonstration.child.exited).toBe(130);
    await live;
    await demonstration.expectAllGone();
  });
});
