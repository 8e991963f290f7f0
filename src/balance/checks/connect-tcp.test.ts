import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { blackhole } from "../../../tests/scenario/support/blackhole.ts";
import { Names } from "../../transport/names.ts";
import { connectTcp } from "./connect-tcp.ts";
import { CheckFailure, ProbeRun } from "./probe-run.ts";

const undo: Array<() => void> = [];

afterEach(() => {
  for (const one of undo.splice(0)) one();
});

function runFor(timeout: number): ProbeRun {
  const run = new ProbeRun(timeout, new AbortController().signal);
  undo.push(() => run.end());
  return run;
}

const named = (...addresses: string[]): Names =>
  new Names((_name, found) => queueMicrotask(() => found(addresses, "")));

describe.skipIf(process.platform !== "linux")("a check of a target by name", () => {
  /** One port: silent on 127.0.0.1, a server on 127.0.0.2. */
  async function world(): Promise<{ port: number; clients: Socket[] }> {
    const silent = await blackhole();
    const port = Number(silent.address.split(":")[1]);
    const clients: Socket[] = [];
    const server = createServer((socket) => clients.push(socket));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.2", resolve));
    undo.push(
      () => silent.stop(),
      () => server.close(),
      () => clients.forEach((socket) => socket.destroy()),
    );
    expect((server.address() as AddressInfo).port).toBe(port);
    return { port, clients };
  }

  test("passes when its first address is silent and its second answers, which it asks first from then on", async () => {
    const { port } = await world();
    const names = named("127.0.0.1", "127.0.0.2");
    const first = await connectTcp(runFor(2000), "shop.test", port, names);
    expect(first.detail).toBe("connected to 127.0.0.2, before 127.0.0.1 (no answer)");
    const second = await connectTcp(runFor(2000), "shop.test", port, names);
    expect(second.detail).toBe("connected to 127.0.0.2");
    expect(second.value.remoteAddress).toBe("127.0.0.2");
  });

  test("fails when all addresses refuse, and when the name has none", async () => {
    const { port } = await world();
    const refused = connectTcp(runFor(2000), "shop.test", port, named("127.0.0.3", "127.0.0.4"));
    expect(refused).rejects.toThrow(new CheckFailure("connection refused"));
    const unknown = new Names((_name, found) => queueMicrotask(() => found([], "ENOTFOUND")));
    expect(connectTcp(runFor(2000), "shop.test", port, unknown)).rejects.toThrow("name does not resolve");
    await Promise.allSettled([refused]);
  });

  test("ends with the check's time: no further address is tried", async () => {
    const { port, clients } = await world();
    const run = runFor(100);
    const layer = run.layer("tcp", () => connectTcp(run, "shop.test", port, named("127.0.0.1", "127.0.0.2")));
    await Promise.allSettled([layer]);
    run.end();
    await Bun.sleep(300);
    expect(run.layers).toMatchObject([{ ok: false, detail: "no answer within 100 ms" }]);
    expect(clients).toEqual([]);
  });
});

test.skipIf(process.platform !== "linux")("a check without a descriptor is impossible, and no failed one", async () => {
  const program = `
    import { openSync } from "node:fs";
    import { createProbe } from ${JSON.stringify(join(import.meta.dir, "probe.ts"))};
    import { CHECK } from ${JSON.stringify(join(import.meta.dir, "pool-for-tests.ts"))};
    const probe = createProbe();
    try { for (;;) openSync("/dev/null"); } catch {}
    await probe({ host: "127.0.0.1", port: 1, address: "a" }, { ...CHECK, kind: "tcp" }, new AbortController().signal)
      .then((layers) => console.log(JSON.stringify(layers)), (error) => console.log(error.constructor.name, error.message));
    process.exit(0);
  `;
  const child = Bun.spawn(["bash", "-c", `ulimit -n 64; exec "$@"`, "bash", process.execPath, "-e", program], {
    stdout: "pipe",
    stderr: "inherit",
    timeout: 4000,
  });
  expect(await new Response(child.stdout).text()).toBe("CheckImpossible this process has no file descriptor left\n");
});
