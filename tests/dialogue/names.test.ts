/** Targets by name: their addresses are raced (RFC 8305), and the one that answered is remembered. */
import { expect } from "bun:test";

import { dialogue, type Dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok"];
const PASSED_ON: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const ADDRESSES = ["10.0.1.1", "10.0.1.2", "10.0.1.3"] as const;
const [FIRST, SECOND, THIRD] = ADDRESSES.map((address) => `${address}:80`) as [string, string, string];

const named = (dials: Setting["dials"], pool: Setting["pool"] = {}): Setting => ({
  pool: { targets: ["shop.test:80"], ...pool },
  hosts: { "shop.test": ADDRESSES },
  ...(dials === undefined ? {} : { dials }),
});

const last = ({ edge }: Dialogue): string => edge.finished.at(-1)!.dialled;

dialogue(
  "the first address is silent: the second answers, and is asked first from then on",
  named({ [FIRST]: "hang" }),
  (d) => {
    d.client.says(...GET);
    d.dialled(FIRST);
    d.passes(200);
    d.dialled(FIRST);
    d.passes(100);
    d.dialled(FIRST, SECOND);
    d.upstream.gets(...GET);
    d.upstream.says(...OK);
    d.client.gets(...PASSED_ON);
    expect(last(d)).toBe("10.0.1.2, before 10.0.1.1 (no answer)");

    d.client.says(...GET);
    d.dialled(FIRST, SECOND, SECOND);
    d.upstreams(1).gets(...GET);
    d.upstreams(1).says(...OK);
    d.client.gets(...PASSED_ON);
    expect(last(d)).toBe("10.0.1.2");
  },
);

dialogue("an address that refuses costs no delay", named({ [FIRST]: "refuse", [SECOND]: "refuse" }), (d) => {
  d.client.says(...GET);
  d.dialled(FIRST, SECOND, THIRD);
  d.upstream.gets(...GET);
  d.upstream.says(...OK);
  d.client.gets(...PASSED_ON);
  expect(last(d)).toBe("10.0.1.3, before 10.0.1.1 (ECONNREFUSED), 10.0.1.2 (ECONNREFUSED)");
});

dialogue(
  "timeouts.connect spans all of them",
  named(
    { [FIRST]: "hang", [SECOND]: "hang", [THIRD]: "hang" },
    { timeouts: { connect: "600ms" }, retry: { attempts: 0 } },
  ),
  (d) => {
    d.client.says(...GET);
    d.passes(500);
    d.client.getsNothing();
    d.passes(300);
    d.client.getsFault(504, "upstream-connect-timeout", "keep");
    d.dialled(FIRST, SECOND, THIRD);
    expect(d.edge.finished.at(-1)!.detail).toBe(
      "shop.test:80: timeouts.connect = 600 ms (tried 10.0.1.1 (no answer), 10.0.1.2 (no answer), 10.0.1.3 (no answer))",
    );
    // Nobody waits for it any more: it is no connection of the edge.
    for (const dial of d.edge.network.dials) dial.accept();
    expect(d.edge.network.upstreams).toHaveLength(0);
  },
);

dialogue(
  "all refuse: the fault says what each did",
  named({ [FIRST]: "refuse", [SECOND]: "refuse", [THIRD]: "refuse" }),
  (d) => {
    d.client.says(...GET);
    d.client.getsFault(502, "upstream-unreachable", "keep");
    expect(d.edge.finished.at(-1)!.detail).toBe(
      "shop.test:80: ECONNREFUSED (tried 10.0.1.1 (ECONNREFUSED), 10.0.1.2 (ECONNREFUSED), 10.0.1.3 (ECONNREFUSED))",
    );
  },
);

dialogue("a client that goes away meanwhile ends all attempts", named({ [FIRST]: "hang", [SECOND]: "hang" }), (d) => {
  d.client.says(...GET);
  d.passes(300);
  d.dialled(FIRST, SECOND);
  d.client.resets();
  d.passes(1_000);
  d.dialled(FIRST, SECOND);
  for (const dial of d.edge.network.dials) expect(dial.cancelled).toBe(true);
});
