/** What a whole process shows: when it ends, that it sleeps, what it does without descriptors. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const PROLOGUE = `
import { systemNetwork } from ${JSON.stringify(join(import.meta.dir, "../network.ts"))};
const network = systemNetwork();
const quiet = { onData() {}, onWritable() {}, onEnd() {}, onClose() {} };
const dialled = { ...quiet, onConnectError(reason) { console.log(reason); } };
`;

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

async function run(program: string, shell = ":", network = "epoll"): Promise<Outcome> {
  const child = Bun.spawn(["bash", "-c", `${shell}; exec "$@"`, "bash", process.execPath, "-e", PROLOGUE + program], {
    env: { ...process.env, ROUNDTRIP_NETWORK: network },
    stdout: "pipe",
    stderr: "pipe",
    timeout: 4000,
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, err, code };
}

describe.skipIf(process.platform !== "linux")("a process on epoll", () => {
  test("ends when nothing is left open, and not before", async () => {
    const { out, err, code } = await run(`
      const listening = network.listen("127.0.0.1", 0, (transport) => ({
        ...quiet,
        onData(bytes, start, end) { transport.write(bytes, start, end); transport.close(); },
      }));
      network.dial("127.0.0.1", listening.port, {
        ...dialled,
        onConnect(transport) { this.transport = transport; transport.write(Buffer.from("hello"), 0, 5); },
        onData(bytes, start, end) { console.log(bytes.latin1Slice(start, end)); },
        onEnd() { listening.stop(); this.transport.close(); },
      });
    `);
    expect({ out, err, code }).toEqual({ out: "hello\n", err: "", code: 0 });
  });

  test("a failed dial keeps it alive until it was told", async () => {
    const { out, code } = await run(`network.dial("127.0.0.1", 1, dialled); network.dial("x.invalid", 1, dialled);`);
    expect(out.split("\n").sort()).toEqual(["", "ECONNREFUSED", "ENOTFOUND"]);
    expect(code).toBe(0);
  });

  test("one that only listens sleeps", async () => {
    const { out } = await run(`
      const listening = network.listen("127.0.0.1", 0, () => quiet);
      await Bun.sleep(200);
      const before = process.cpuUsage();
      await Bun.sleep(500);
      const after = process.cpuUsage(before);
      console.log(after.user + after.system < 50_000 ? "asleep" : JSON.stringify(after));
      listening.stop();
    `);
    expect(out).toBe("asleep\n");
  });

  test("without descriptors it says so once, rests, and takes who waited when there are some again", async () => {
    const { out, err } = await run(
      `
      import { closeSync, openSync } from "node:fs";
      import { createConnection } from "node:net";
      let accepted = 0;
      const listening = network.listen("127.0.0.1", 0, () => { accepted++; return quiet; });
      const client = createConnection(listening.port, "127.0.0.1");
      const held = [];
      await new Promise((resolve) => client.once("connect", resolve));
      await Bun.sleep(20);
      try { for (;;) held.push(openSync("/dev/null")); } catch {}
      // One for the client; none for the other end of it.
      closeSync(held.pop());
      const second = createConnection(listening.port, "127.0.0.1");
      await new Promise((resolve) => second.once("connect", resolve));
      await Bun.sleep(350);
      console.log("before", accepted);
      for (const fd of held) closeSync(fd);
      await Bun.sleep(250);
      console.log("after", accepted);
      process.exit(0);
    `,
      "ulimit -n 100",
    );
    expect(out).toBe("before 1\nafter 2\n");
    expect(err.match(/accepts no connection for now: EMFILE/g)).toHaveLength(1);
  });
});

describe("ROUNDTRIP_NETWORK", () => {
  test("another word is told, and the choice is as without it", async () => {
    const { out, err } = await run(`console.log(network.constructor.name);`, ":", "iouring");
    expect(out).toBe("EpollNetwork\n");
    expect(err).toContain("ROUNDTRIP_NETWORK=iouring");
  });

  test("nothing is told of what is there", async () => {
    for (const [word, name] of [
      ["", "EpollNetwork"],
      ["epoll", "EpollNetwork"],
      ["bun", "Object"],
    ] as const) {
      const { out, err } = await run(`console.log(network.constructor.name);`, ":", word);
      expect([out, err]).toEqual([`${name}\n`, ""]);
    }
  });
});
