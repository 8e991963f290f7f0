/** What the path promises to every policy (`src/contract/policy.ts`): sides, order, slots, ends, plans, disposal. */
import { describe, expect, test } from "bun:test";

import type { Exchange } from "../../../src/contract/exchange.ts";
import type { FieldEdits } from "../../../src/contract/field-edits.ts";
import type { FieldLines } from "../../../src/contract/field-lines.ts";
import type { ResponseHead } from "../../../src/contract/head.ts";
import type { Policy } from "../../../src/contract/policy.ts";
import type { ReplyListener } from "../../../src/contract/reply-sink.ts";
import { NEXT } from "../../../src/contract/step.ts";
import { dialogue, TARGET } from "../support/dialogue.ts";
import { EdgeUnderTest } from "../support/edge-under-test.ts";
import { definitionOf, diary, Gate, gate } from "./throwaway.ts";

const GET = ["GET /a HTTP/1.1", "Host: h", "X-Key: k", "", ""] as const;
const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"] as const;

function config(name = "all") {
  return {
    pools: { main: { targets: [TARGET] } },
    routes: [{ name, match: { path: "/*" }, proxy: "main" }],
  };
}

describe("order and sides", () => {
  const entries: string[] = [];
  const policies = (["o1", "c1", "o2", "c2"] as const).map((name) => ({
    definition: diary(name, name.startsWith("c") ? "client" : "origin", entries),
  }));
  dialogue("the client's side first on the way in, and last on the way out", { policies }, ({ client, upstream }) => {
    entries.length = 0;
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
    expect(entries).toEqual([
      "c1 in",
      "c2 in",
      "o1 in",
      "o2 in",
      "o2 out, of o2's",
      "o1 out, of o1's",
      "c2 out, of c2's",
      "c1 out, of c1's",
      "o2 finished, written",
      "o1 finished, written",
      "c2 finished, written",
      "c1 finished, written",
    ]);
  });

  const stopped: string[] = [];
  const stops = definitionOf("stops", () => ({
    name: "stops",
    side: "client",
    onRequest: () => ({ kind: "reply", reason: "", reply: { status: 418, fields: [], body: { kind: "none" } } }),
    describe: () => "stops",
  }));
  const around = [diary("before", "client", stopped), stops, diary("after", "client", stopped)];
  dialogue(
    "a policy that was not entered hears nothing",
    { policies: [...around, diary("origin", "origin", stopped)].map((definition) => ({ definition })) },
    ({ client, dialled }) => {
      stopped.length = 0;
      client.says(...GET);
      client.gets("HTTP/1.1 418 ", "Content-Length: 0", "", "");
      dialled();
      expect(stopped).toEqual(["before in", "before out, of before's", "before finished, written"]);
    },
  );

  const cut: string[] = [];
  dialogue(
    "the end is told also when the client goes away",
    { policies: [{ definition: diary("c", "client", cut) }] },
    ({ client, upstream }) => {
      cut.length = 0;
      client.says(...GET);
      upstream.gets(...GET);
      client.resets();
      expect(cut).toEqual(["c in", "c finished, aborted"]);
    },
  );
});

describe("an asynchronous policy", () => {
  const policies = [{ definition: gate }];
  dialogue("refuses when it has made up its mind", { policies }, async ({ client, dialled, until }) => {
    client.says(...GET);
    client.getsNothing();
    dialled();
    Gate.waiting.shift()!("another");
    let text = "";
    await until(() => (text += client.read()) !== "");
    expect(text).toBe("HTTP/1.1 403 Forbidden\r\nX-By: gate\r\nContent-Length: 2\r\n\r\nno");
  });

  dialogue("lets pass with a head that has held", { policies }, async ({ client, upstream, until, edge }) => {
    client.says(...GET);
    // Another request is parsed meanwhile, into the memory that the first one came in.
    const other = edge.network.connect();
    other.send("GET /other HTTP/1.1\r\nHost: other\r\nX-Key: wrong\r\n\r\n");
    expect(Gate.waiting).toHaveLength(2);
    Gate.waiting.shift()!("k");
    Gate.waiting.shift()!("k");
    await until(() => edge.network.upstreams.length > 0);
    upstream.gets("GET /a HTTP/1.1", "Host: h", "X-Key: k", "X-Path: /a", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    let refused = "";
    await until(() => (refused += other.read().latin1Slice()).includes("no"));
    other.reset();
  });

  dialogue("decides nothing for a client that is gone", { policies }, async ({ client, edge, dialled }) => {
    client.says(...GET);
    client.resets();
    expect(edge.counts().exchanges).toBe(0);
    Gate.waiting.shift()!("k");
    await Promise.resolve();
    edge.network.loop.run();
    dialled();
  });

  test("is waited for by a plan, which asks nobody", async () => {
    const edge = new EdgeUnderTest(config(), [{ definition: gate }]);
    const input = { method: "GET", url: "http://h/a", client: "192.0.2.1" };
    const refused = await edge.explain({ ...input, fields: [] });
    expect([refused.record.status, refused.record.ending, refused.reply?.status]).toEqual([403, "planned", 403]);
    expect(refused.record.detail!.policies).toMatchObject([
      { policy: "gate", outcome: "reply", detail: "the key is not the right one" },
    ]);
    const passed = await edge.explain({ ...input, fields: [["X-Key", "any"]] });
    expect([passed.record.target, passed.record.fault]).toEqual([TARGET, null]);
    expect(Gate.waiting).toEqual([]);
    expect(edge.network.dials).toEqual([]);
    expect(edge.counts().exchanges).toBe(0);
  });

  test("without a dry run is asked by a plan, and the plan waits for it", async () => {
    const answers: Array<() => void> = [];
    const slow = definitionOf("slow", () => ({
      name: "slow",
      side: "client",
      onRequest: () => new Promise((resolve) => answers.push(() => resolve(NEXT))),
      describe: () => "slow",
    }));
    const edge = new EdgeUnderTest(config(), [{ definition: slow }]);
    const plan = edge.explain({ method: "GET", url: "http://h/a", client: "192.0.2.1", fields: [] });
    expect(edge.counts().exchanges).toBe(1);
    answers.shift()!();
    expect((await plan).record.target).toBe(TARGET);
    expect(edge.counts().exchanges).toBe(0);
  });
});

describe("reload", () => {
  /** Counts requests, and goes on where the policy before it was. */
  class Counter implements Policy {
    readonly name = "counter";
    readonly side = "client";
    count: number;
    disposed = false;

    constructor(previous: Policy | null) {
      this.count = previous instanceof Counter ? previous.count : 0;
    }
    onRequest() {
      this.count++;
      return NEXT;
    }
    dispose(): void {
      this.disposed = true;
    }
    describe(): string {
      return "counts";
    }
  }

  test("hands on what was counted, and disposes when the last exchange of the plan is over", () => {
    const made: Counter[] = [];
    const counter = definitionOf("counter", ({ previous, shared, timers }) => {
      const policy = new Counter(previous);
      const end = timers.after(60_000, () => {});
      shared.acquire("counter", () => ({}));
      const dispose = policy.dispose.bind(policy);
      policy.dispose = () => {
        end();
        shared.release("counter");
        dispose();
      };
      made.push(policy);
      return policy;
    });
    const edge = new EdgeUnderTest(config(), [{ definition: counter }]);
    const client = edge.network.connect();
    client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(made.map(({ count }) => count)).toEqual([1]);
    edge.reload(config());
    expect(made.map(({ count, disposed }) => [count, disposed])).toEqual([
      [1, false],
      [1, false],
    ]);
    // A third plan, while the exchange of the first is still under way.
    edge.reload(config());
    expect(made.map(({ disposed }) => disposed)).toEqual([false, true, false]);
    edge.network.upstreams[0]!.send(OK.join("\r\n"));
    expect(made.map(({ disposed }) => disposed)).toEqual([true, true, false]);
    // Another name of the route is another place.
    edge.reload(config("other"));
    expect(made.map(({ count }) => count)).toEqual([1, 1, 1, 0]);
    expect(edge.shared.size).toBe(1);
    edge.dispose();
    expect(made.map(({ disposed }) => disposed)).toEqual([true, true, true, true]);
    expect(edge.shared.size).toBe(0);
    client.reset();
    edge.jump(7_200_000);
    edge.jump(7_200_000);
    expect(edge.counts().timers).toBe(0);
  });
});

describe("what a policy breaks", () => {
  const breaks = (part: Partial<Policy>) =>
    definitionOf("breaks", () => ({ name: "breaks", side: "client", describe: () => "breaks", ...part }));
  const boom = (): never => {
    throw new Error("boom");
  };

  for (const [name, part] of Object.entries({
    onRequest: { onRequest: boom },
    onReply: { onReply: boom },
    transformReply: { transformReply: boom },
  } satisfies Record<string, Partial<Policy>>)) {
    dialogue(
      `${name}: the request is refused, and nothing else is told`,
      { policies: [{ definition: breaks(part) }] },
      ({ client, upstream, logs }) => {
        client.says(...GET);
        if (name !== "onRequest") {
          upstream.gets(...GET);
          upstream.says("HTTP/1.1 200 OK", "X-Secret: 1", "Content-Length: 6", "", "secret");
        }
        expect(client.getsFault(500, "policy-failed", "keep")).not.toContain("Secret");
        logs("GET /a HTTP/1.1 → 500 policy-failed");
      },
    );
  }

  test("onFinished and dispose are too late for a reply: they are reported", () => {
    const edge = new EdgeUnderTest(config(), [{ definition: breaks({ onFinished: boom, dispose: boom }) }]);
    const client = edge.network.connect();
    client.send(GET.join("\r\n"));
    edge.network.upstreams[0]!.send(OK.join("\r\n"));
    expect(client.read().latin1Slice()).toContain("200 OK");
    edge.dispose();
    expect(edge.reports).toEqual([
      "policy breaks, at the end of an exchange: boom",
      "policy breaks, when it was disposed of: boom",
    ]);
  });
});

describe("who listens to a reply", () => {
  class Ear implements ReplyListener {
    readonly heard: string[] = [];
    begin(head: ResponseHead, edits: FieldEdits | null): void {
      const added = edits?.added.bytes.latin1Slice(0, edits.added.length) ?? "";
      this.heard.push(`${head.status} ${added.trim()}`);
    }
    data(bytes: Buffer, start: number, end: number): void {
      const last = this.heard.at(-1)!;
      if (last.startsWith("body ")) this.heard.pop();
      this.heard.push(`${last.startsWith("body ") ? last : "body "}${bytes.latin1Slice(start, end)}`);
    }
    trailers(lines: FieldLines): void {
      this.heard.push(lines.bytes.latin1Slice(0, lines.length).trim());
    }
    end(): void {
      this.heard.push("whole");
    }
    abort(): void {
      this.heard.push("broken");
    }
  }

  let ear = new Ear();
  const edits = (name: string, side: Policy["side"]) =>
    definitionOf(name, () => ({
      name,
      side,
      onRequest: (_head, _edits, exchange: Exchange) => {
        if (side === "client") {
          ear = new Ear();
          (exchange.listeners ??= []).push(ear);
        }
        return NEXT;
      },
      onReply: (_head, given) => given.addLines(Buffer.from(`X-${name}: 1\r\n`)),
      describe: () => name,
    }));
  const policies = [{ definition: edits("Client", "client") }, { definition: edits("Origin", "origin") }];

  dialogue("hears it as the origin's side made it, trailers included", { policies }, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ok", "0", "T: 1", "", "");
    client.getsChunked(
      ["HTTP/1.1 200 OK", "X-Origin: 1", "X-Client: 1", "Transfer-Encoding: chunked"],
      "ok",
      "T: 1\r\n",
    );
    expect(ear.heard).toEqual(["200 X-Origin: 1", "body ok", "T: 1", "whole"]);
  });

  dialogue("hears that it broke off", { policies }, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "ok");
    upstream.resets();
    client.read();
    client.sees("reset");
    expect(ear.heard).toEqual(["200 X-Origin: 1", "body ok", "broken"]);
  });

  dialogue("hears nothing of an error page but that there is no reply", { policies }, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("nonsense\r\n\r\n");
    client.getsFault(502, "response-malformed", "keep");
    expect(ear.heard).toEqual(["broken"]);
  });

  dialogue("hears that nothing comes when the client leaves before", { policies }, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    client.resets();
    expect(ear.heard).toEqual(["broken"]);
  });
});
