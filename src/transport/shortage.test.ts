import { expect, test } from "bun:test";
import { join } from "node:path";
import { connectReason, isShortage, NO_SOURCE } from "./shortage.ts";

test("what this machine is short of, and what the other side says", () => {
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]) expect(isShortage(code)).toBe(true);
  for (const code of ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ENOTFOUND", "", NO_SOURCE]) {
    expect(isShortage(code)).toBe(false);
  }
});

test("EADDRNOTAVAIL towards an address that can be reached from here is a lack of local ports", () => {
  expect(connectReason("EADDRNOTAVAIL", "127.0.0.1")).toBe("EADDRNOTAVAIL");
  expect(connectReason("ECONNREFUSED", "127.0.0.1")).toBe("ECONNREFUSED");
});

/** A network of its own, in which three local ports may be used, and IPv6 is off. */
const SHELL = `
  ip link set lo up && echo "50000 50002" > /proc/sys/net/ipv4/ip_local_port_range &&
  echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"`;
const can =
  process.platform === "linux" && Bun.spawnSync(["unshare", "-rn", "bash", "-c", SHELL, "bash", "true"]).exitCode === 0;
if (!can) console.warn("NOT TESTED: a lack of local ports needs a network namespace of its own");

test.skipIf(!can)("without a free port the edge is to blame; without a source address the config is", async () => {
  const program = `
    import { systemNetwork } from ${JSON.stringify(join(import.meta.dir, "network.ts"))};
    import { isShortage } from ${JSON.stringify(join(import.meta.dir, "shortage.ts"))};
    const network = systemNetwork();
    const quiet = { onData() {}, onWritable() {}, onEnd() {}, onClose() {} };
    const listening = network.listen("127.0.0.1", 8080, () => quiet);
    const dial = (host) => new Promise((resolve) => network.dial(host, 8080, {
      ...quiet,
      onConnect() { resolve("connected"); },
      onConnectError(reason) { resolve(reason + (isShortage(reason) ? " (ours)" : "")); },
    }));
    for (const host of ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "::1"]) console.log(await dial(host));
    process.exit(0);
  `;
  const command = [process.execPath, "-e", program];
  const child = Bun.spawn(["unshare", "-rn", "bash", "-c", SHELL, "bash", ...command], {
    env: { ...process.env, ROUNDTRIP_NETWORK: "epoll" },
    stdout: "pipe",
    stderr: "inherit",
    timeout: 4000,
  });
  const lines = (await new Response(child.stdout).text()).trimEnd().split("\n");
  // How many of the three the kernel gives out is its own business.
  expect(lines).toHaveLength(6);
  expect([...new Set(lines)]).toEqual(["connected", "EADDRNOTAVAIL (ours)", "ECONNREFUSED", NO_SOURCE]);
});
