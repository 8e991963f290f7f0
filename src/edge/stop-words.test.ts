import { expect, test } from "bun:test";
import { cutWords, stopWords } from "./stop-words.ts";

test("what a stop waits for, and for how long", () => {
  expect(stopWords("SIGTERM", { requests: 0, tunnels: 0 }, 30_000)).toBe(
    "SIGTERM: the edge stops; nothing is under way",
  );
  expect(stopWords("SIGINT", { requests: 2, tunnels: 1 }, 30_000)).toBe(
    "SIGINT: the edge stops, and waits for 2 requests and 1 tunnel, at most 30s; a second Ctrl-C cuts them",
  );
  expect(stopWords("SIGINT", { requests: 1, tunnels: 0 }, 0)).toContain("waits for 1 request, as long as it takes;");
  expect(cutWords({ requests: 0, tunnels: 3 })).toBe("cut: 3 tunnels");
});
