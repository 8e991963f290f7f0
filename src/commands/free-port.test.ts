import { expect, test } from "bun:test";
import { freePort } from "./free-port.ts";

const HOST = "127.0.0.1";

test("answers the first port when it is free, else the next one upward", () => {
  const taken = Bun.listen({ hostname: HOST, port: 0, socket: { data() {} } });
  try {
    const port = freePort(HOST, taken.port);
    expect(port).toBeGreaterThan(taken.port);
    expect(freePort(HOST, port)).toBe(port);
  } finally {
    taken.stop(true);
  }
});

test("sees a port that is shared by reusePort, and leaves the one it found free", () => {
  const shared = Bun.serve({ hostname: HOST, port: 0, reusePort: true, fetch: () => new Response() });
  try {
    const port = freePort(HOST, shared.port ?? 0);
    expect(port).not.toBe(shared.port);
    Bun.listen({ hostname: HOST, port, socket: { data() {} } }).stop(true);
  } finally {
    void shared.stop(true);
  }
});

test("says so when it can find none", () => {
  expect(() => freePort("203.0.113.1", 65_530)).toThrow("Every port from 65530 to 65535 on 203.0.113.1 is taken");
});
