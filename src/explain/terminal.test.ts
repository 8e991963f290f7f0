import { describe, expect, test } from "bun:test";
import { analysis } from "./analysis.ts";
import { renderAnalysis } from "./analysis-terminal.ts";
import type { ClientView } from "./client-request.ts";
import { explainTree } from "./explain-tree.ts";
import { failedRecord, proxiedRecord, setRequest, unroutedRecord } from "./records-for-tests.ts";
import { renderTree } from "./terminal.ts";
import { cells, type TerminalStyle } from "./text-layout.ts";

const PLAIN: TerminalStyle = { width: 80, colour: false, unicode: true };

function treeOf(record: Parameters<typeof explainTree>[0]["record"]): ReturnType<typeof explainTree> {
  return explainTree({ record, plan: null, sent: true, reply: null });
}

const CLIENT: ClientView = {
  address: "127.0.0.1:8080",
  lookupMs: 0,
  connectMs: 0.41,
  sendMs: 0.1,
  waitMs: 96.2,
  receiveMs: 0.2,
  cpuMs: 0.4,
  totalMs: 97,
  status: 200,
  fields: [],
  bodyBytes: 1030,
  error: "",
};
const REQUEST = { method: "GET", url: "http://shop.test:8080/orders/7", traceId: "0af7651916cd43dd8448eb211c80319c" };

/** Nothing is wider than the terminal, and no line ends in blanks. */
function expectFits(text: string, width: number): void {
  for (const line of text.split("\n")) {
    expect(cells(line)).toBeLessThanOrEqual(width);
    expect(line).toBe(line.trimEnd());
  }
}

describe("renderTree", () => {
  test("draws the tree, the waterfall and the findings", () => {
    const record = proxiedRecord();
    record.detail!.routes = record.detail!.routes.slice(0, 2);
    record.detail!.notes = [];
    expect(renderTree(treeOf(record), PLAIN)).toBe(
      `
GET http://shop.test:8080/orders/7?expand=items → 200 in 95.2 ms
trace 0af7651916cd43dd8448eb211c80319c · 2026-11-20 08:10:17.042 UTC
plan 3

├─ ✓ connection  from 127.0.0.1, new (accepted 340 µs before)
├─ ✓ request     GET /orders/7?expand=items for shop.test:8080             25 µs
├─ ✓ route       orders                                                     6 µs
│  └─ ✗ users  path "/users/*" does not match "/orders/7"
├─ ✓ policies    headers                                                   13 µs
│  └─ ✓ headers  on the request: set x-request-source                      11 µs
├─ ✓ balance     127.0.0.1:9001 of pool orders: fewest connections for      2 µs
│  │             its weight
│  ├─ ✓ 127.0.0.1:9001  picked, 0 active for its weight
│  ├─ · 127.0.0.1:9002  passed over, 1.5 active for its weight
│  └─ ✗ 127.0.0.1:9003  ejected for another 4 s after 3 failures
│                       (upstream-unreachable)
├─ · queue       did not wait
├─ ✓ connect     reused an idle connection                                  0 µs
├─ ✓ upstream    127.0.0.1:9001 answered                                 95.1 ms
│  ├─ ✓ send     the request's head                                        16 µs
│  ├─ ✓ wait     for the first byte; the backend says:                   95.0 ms
│  │  ├─   pool   pool wait                                              40.2 ms
│  │  ├─   query  SELECT orders                                          3.10 ms
│  │  └─   total                                                         94.8 ms
│  └─ ✓ receive  the rest of the response, passed on as it came            80 µs
└─ ✓ reply       200, 1.3 KB, from the upstream                            32 µs
   unaccounted                                                              1 µs
   total                                                                 95.2 ms

request       ▏                                                            25 µs
route         ▏                                                             6 µs
policies      ▏                                                            13 µs
balance       ▏                                                             2 µs
send          ▏                                                            16 µs
wait          █████████████████████████████████████████████████████████  95.0 ms
receive                                                               ▏    80 µs
reply                                                                 ▏    32 µs

· 99 % of 95.2 ms was spent waiting for the upstream's first byte; of it the
  backend reports 94.8 ms for total.
· 1 of 3 targets of pool orders is down: 127.0.0.1:9003.
`.slice(1),
    );
  });

  test("joins the stations that a request never came to", () => {
    const text = renderTree(treeOf(unroutedRecord()), PLAIN);
    expect(text).toContain("├─ · …           not reached: policies, balance, queue, connect, upstream\n");
    expect(text).toContain("DELETE http://shop.test/users/5 → 404 (no-route) in 90 µs\n");
  });

  test("a plan has no column of times and no waterfall", () => {
    const record = proxiedRecord();
    record.stamps.fill(0);
    record.status = 0;
    const text = renderTree(explainTree({ record, plan: null, sent: false, reply: null }), PLAIN);
    expect(text).toStartWith(
      "GET http://shop.test:8080/orders/7?expand=items → 127.0.0.1:9001\nplan: nothing was sent · plan 3\n",
    );
    expect(text).not.toMatch(/unaccounted|█|▏/);
  });

  test.each([60, 80, 120])("fits %d columns, in ASCII too, whatever the request holds", (width) => {
    for (const record of [proxiedRecord(), failedRecord(), unroutedRecord()]) {
      setRequest(record, "GET", `/${"x".repeat(300)}\x1b[31m\xe9`, "shop.test");
      record.route = "a route with a name that is rather long for a name";
      expectFits(renderTree(treeOf(record), { ...PLAIN, width }), width);
      const ascii = renderTree(treeOf(record), { ...PLAIN, width, unicode: false });
      expect(ascii).toMatch(/^[\n\x20-\x7e]*$/);
      expectFits(ascii, width);
    }
  });

  test("colours change nothing but the colours", () => {
    const tree = treeOf(failedRecord());
    const coloured = renderTree(tree, { ...PLAIN, colour: true });
    expect(coloured).toContain("\x1b[31m");
    const stripped = Bun.stripANSI(coloured)
      .split("\n")
      .map((line) => line.trimEnd());
    expect(stripped.join("\n")).toBe(renderTree(tree, PLAIN));
  });
});

describe("renderAnalysis", () => {
  test("puts the client's view around the edge's tree", () => {
    const view = analysis(REQUEST, CLIENT, treeOf(proxiedRecord()), "");
    const text = renderAnalysis(view, PLAIN);
    expectFits(text, 80);
    expect(view.networkMs).toBe(1.288);
    for (const line of [
      "GET http://shop.test:8080/orders/7 → 200 in 97.0 ms",
      "├─ ✓ connect  to 127.0.0.1:8080                                           410 µs",
      "├─ ✓ edge     what it did with the request:                              95.2 ms",
      "│  ├─ ✓ route       orders                                                  6 µs",
      "└─ ✓ network  there and back; 200 with 1.0 KB of body received           1.29 ms",
      "   └─   client  worked itself for 400 µs meanwhile, which is not the edge's",
      "   total, as the client saw it                                           97.0 ms",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });

  test("without a record shows what the client saw, and why that is all", () => {
    const text = renderAnalysis(analysis(REQUEST, CLIENT, null, "no running edge found"), PLAIN);
    expectFits(text, 80);
    expect(text).toContain("├─ ✓ wait     for the first byte                                         96.2 ms\n");
    expect(text).toContain("├─ · edge     unknown: no running edge found\n");
  });

  test("a step that failed is told from those that were not reached", () => {
    const refused = { ...CLIENT, connectMs: null, sendMs: null, waitMs: null, receiveMs: null, status: 0 };
    const text = renderAnalysis(analysis(REQUEST, refused, null, "no running edge found"), PLAIN);
    expect(text).toMatch(/✗ connect +to/);
    expect(text).toMatch(/· wait +not reached/);
    expect(text).toMatch(/· receive +not reached/);
  });

  test("names what the edge cannot know", () => {
    const refused = {
      ...CLIENT,
      connectMs: null,
      sendMs: null,
      waitMs: null,
      receiveMs: null,
      status: 0,
      error: "refused",
    };
    expect(analysis(REQUEST, refused, null, "x").findings).toEqual(["The client got no whole response: refused."]);
    const far = { ...CLIENT, lookupMs: 30, connectMs: 40, waitMs: 200, totalMs: 271 };
    expect(analysis(REQUEST, far, treeOf(proxiedRecord()), "").findings).toEqual([
      "70.0 ms (26 %) passed before the request was sent: looking up the name and connecting.",
      "The edge had the request for 95.2 ms of 271 ms; 105 ms went by between client and edge (the client itself worked for 400 µs).",
    ]);
  });
});
