import { describe, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { descriptorLimits, nextDescriptor, ownDescriptorLimits } from "./descriptors.ts";
import { openLibc } from "./libc.ts";

test("what is kept of the limit, for upstreams and for the admin API", () => {
  expect(descriptorLimits(64)).toEqual({ limit: 64, clientsBelow: 48, upstreamsBelow: 56 });
  expect(descriptorLimits(1024)).toEqual({ limit: 1024, clientsBelow: 952, upstreamsBelow: 1016 });
  expect(descriptorLimits(1_048_576)).toEqual({ limit: 1_048_576, clientsBelow: 1_048_320, upstreamsBelow: 1_048_568 });
  expect(descriptorLimits(Infinity)).toEqual({ limit: Infinity, clientsBelow: Infinity, upstreamsBelow: Infinity });
});

describe.skipIf(process.platform !== "linux")("of this process", () => {
  test("the next descriptor is the lowest that is free", () => {
    const libc = openLibc();
    if (typeof libc === "string") throw new Error(libc);
    const next = nextDescriptor(libc);
    const held = openSync("/dev/null", "r");
    expect(held).toBe(next);
    expect(nextDescriptor(libc)).toBeGreaterThan(next);
    closeSync(held);
    expect(nextDescriptor(libc)).toBe(next);
    expect(next).toBeLessThan(ownDescriptorLimits().clientsBelow);
  });

  test("the soft limit is raised to the hard one", async () => {
    const program = `
      import { raiseLimit } from ${JSON.stringify(join(import.meta.dir, "descriptors.ts"))};
      import { openLibc, RLIMIT_NOFILE } from ${JSON.stringify(join(import.meta.dir, "libc.ts"))};
      const libc = openLibc();
      const limits = new BigUint64Array([50n, 200n]);
      libc.setrlimit(RLIMIT_NOFILE, limits);
      console.log(raiseLimit(libc), libc.getrlimit(RLIMIT_NOFILE, limits), limits[0], raiseLimit(libc));
    `;
    const child = Bun.spawn(["bash", "-c", `ulimit -n 200; exec "$@"`, "bash", process.execPath, "-e", program], {
      stdout: "pipe",
      stderr: "inherit",
      timeout: 4000,
    });
    expect(await new Response(child.stdout).text()).toBe("200 0 200n 200\n");
  });
});
