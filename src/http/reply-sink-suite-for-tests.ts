/**
 * What every `ReplySink` does, as tests: each protocol's writer, the plan's sink, and later links of the reply chain
 * run it, each over a client (or notes) of its own.
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import { FieldLines } from "../contract/field-lines.ts";
import { ResponseHead } from "../contract/head.ts";
import type { ReplySink } from "../contract/reply-sink.ts";
import { parseResponseHead } from "./h1/response-head.ts";

/** What was asked of the server whose reply the sink writes. */
export interface Asked {
  readonly method: "GET" | "HEAD";
  readonly upgrade: boolean;
}

/** What came out behind the sink. */
export interface Observed {
  /** Status codes of the interim responses, in order. */
  readonly interims: readonly number[];
  /** 0 = no final head came. */
  readonly status: number;
  /** Fields of the final head by lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  /** Null where bytes are only counted. */
  readonly body: string | null;
  readonly received: number;
  readonly trailers: string;
  readonly ending: "open" | "clean" | "aborted";
}

export interface SinkUnderTest {
  readonly sink: ReplySink;
  readonly exchange: Exchange;
  observe(): Observed;
  /** The client takes nothing more; not called without `backpressure`. */
  block(): void;
  unblock(): void;
}

/** What a sink cannot show is not asked of it. */
export interface SinkTraits {
  /** What comes out are bytes of heads and bodies, not notes about them. */
  readonly bytes: boolean;
  /** The client is told a known length. */
  readonly keepsLength: boolean;
  readonly interims: boolean;
  readonly trailers: boolean;
  readonly backpressure: boolean;
  readonly upgrades: boolean;
}

const LIMITS = { requestLine: 1_000, field: 1_000, fields: 50, head: 8_000 };

function headOf(status: number, fields = ""): ResponseHead {
  const head = new ResponseHead();
  const bytes = Buffer.from(`HTTP/1.1 ${status} Any\r\n${fields}\r\n`, "latin1");
  if (parseResponseHead(bytes, 0, bytes.length, head, LIMITS) !== bytes.length) throw new Error("the head is refused");
  return head;
}

function send(sink: ReplySink, text: string): void {
  // Bytes around it that are not the reply's.
  const bytes = Buffer.from(`before${text}behind`, "latin1");
  sink.data(bytes, 6, 6 + text.length, null);
}

/** The two that most tests need. */
function taken(under: SinkUnderTest): { sink: ReplySink; observe: () => Observed } {
  return { sink: under.sink, observe: () => under.observe() };
}

const SWITCHED = "Connection: Upgrade\r\nUpgrade: websocket\r\nX: 1\r\n";

export function replySinkSuite(name: string, make: (asked: Asked) => SinkUnderTest, traits: SinkTraits): void {
  const got = (method: "GET" | "HEAD" = "GET"): SinkUnderTest => make({ method, upgrade: false });
  /** A reply by one head, these pieces and an end. */
  const replied = (head: ResponseHead, length: BodyLength, pieces: readonly string[], asked?: "HEAD"): Observed => {
    const { sink, observe } = taken(got(asked ?? "GET"));
    sink.begin(head, null, length);
    for (const piece of pieces) send(sink, piece);
    sink.end();
    return observe();
  };
  const expectBody = (seen: Observed, text: string): void => {
    expect(seen.received).toBe(text.length);
    if (traits.bytes) expect(seen.body).toBe(text);
  };

  describe(`${name}: a body`, () => {
    test("of known length arrives whole", () => {
      const seen = replied(headOf(200, "Content-Length: 5\r\nX: 1\r\n"), 5, ["he", "", "llo"]);
      expect([seen.status, seen.ending]).toEqual([200, "clean"]);
      expectBody(seen, "hello");
      const told = traits.keepsLength ? "5" : undefined;
      if (traits.bytes) expect([seen.fields.get("content-length"), seen.fields.get("x")]).toEqual([told, "1"]);
    });

    test("of known length whose head does not say it is whole all the same", () => {
      const seen = replied(headOf(200), 5, ["hello"]);
      expect(seen.ending).toBe("clean");
      expectBody(seen, "hello");
    });

    test("of known length whose head says another has the one that begin says", () => {
      const seen = replied(headOf(200, "Content-Length: 900\r\nX: 1\r\n"), 5, ["hello"]);
      expect(seen.ending).toBe("clean");
      expectBody(seen, "hello");
      if (traits.bytes) expect([seen.fields.get("content-length") ?? "5", seen.fields.get("x")]).toEqual(["5", "1"]);
    });

    for (const length of [0, BodyLength.none]) {
      test(`of length ${length} is no body`, () => {
        const seen = replied(headOf(200), length, []);
        expect([seen.status, seen.ending]).toEqual([200, "clean"]);
        expectBody(seen, "");
      });
    }

    test("of unknown length ends with end, whatever length the head says", () => {
      for (const fields of ["", "Content-Length: 3\r\n", "Content-Length: 900\r\n"]) {
        const seen = replied(headOf(200, fields), BodyLength.unknown, ["he", "llo"]);
        expect(seen.ending).toBe("clean");
        expectBody(seen, "hello");
        if (traits.bytes) expect(seen.fields.has("content-length")).toBe(false);
      }
    });

    test("in any pieces, flushed anywhere, is the same", () => {
      const piece = fc.tuple(fc.nat(3_000), fc.boolean());
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, known) => {
          const total = pieces.reduce((sum, [size]) => sum + size, 0);
          const { sink, observe } = taken(got());
          sink.begin(headOf(200), null, known ? total : BodyLength.unknown);
          let whole = "";
          for (const [index, [size, flush]] of pieces.entries()) {
            const text = String.fromCharCode(97 + index).repeat(size);
            whole += text;
            send(sink, text);
            if (flush) expect(sink.flush()).toBe(true);
          }
          sink.end();
          const seen = observe();
          expect(seen.ending).toBe("clean");
          expectBody(seen, whole);
        }),
        { seed: 11, numRuns: 60 },
      );
    });
  });

  describe(`${name}: no body`, () => {
    test("answers HEAD; Content-Length is the other reply's", () => {
      const seen = replied(headOf(200, "Content-Length: 5\r\n"), BodyLength.none, ["hello"], "HEAD");
      expect([seen.status, seen.received, seen.ending]).toEqual([200, 0, "clean"]);
      if (traits.bytes) expect(seen.fields.get("content-length")).toBe("5");
      expect(replied(headOf(200, "Content-Length: 5\r\n"), 5, [], "HEAD").ending).toBe("clean");
    });

    for (const status of [204, 304]) {
      test(`comes with ${status}`, () => {
        const seen = replied(headOf(status), 5, ["hello"]);
        expect([seen.status, seen.received, seen.ending]).toEqual([status, 0, "clean"]);
      });
    }
  });

  describe(`${name}: what does not keep its word is aborted`, () => {
    test("a body that is shorter than announced", () => {
      const seen = replied(headOf(200, "Content-Length: 6\r\n"), 6, ["hello"]);
      expect(seen.ending).toBe("aborted");
      expect(replied(headOf(200), 1, []).ending).toBe("aborted");
    });

    test("a body that is longer, and nothing of the rest arrives", () => {
      const seen = replied(headOf(200, "Content-Length: 4\r\n"), 4, ["he", "llo"]);
      expect(seen.ending).toBe("aborted");
      expect(seen.received).toBeLessThanOrEqual(4);
      expect(replied(headOf(200), 0, ["x"])).toMatchObject({ received: 0, ending: "aborted" });
    });

    test("a second begin", () => {
      const { sink, observe } = taken(got());
      sink.begin(headOf(200), null, 5);
      sink.begin(headOf(404), null, 5);
      send(sink, "hello");
      sink.end();
      expect(observe()).toMatchObject({ ending: "aborted" });
      expect([0, 200]).toContain(observe().status);
    });
  });

  describe(`${name}: abort`, () => {
    for (const length of [5, BodyLength.unknown]) {
      test(`never looks like a clean end (length ${length})`, () => {
        for (const pieces of [[], ["he"], ["he", "l"]]) {
          const { sink, observe } = taken(got());
          sink.begin(headOf(200), null, length);
          for (const piece of pieces) send(sink, piece);
          sink.flush();
          expect(observe().ending).toBe("open");
          sink.abort();
          expect(observe().ending).toBe("aborted");
        }
      });
    }

    test("before begin", () => {
      const { sink, observe } = taken(got());
      sink.abort();
      expect(observe()).toMatchObject({ status: 0, ending: "aborted" });
    });

    test("is the last thing: nothing is taken behind it", () => {
      const { sink, observe } = taken(got());
      sink.begin(headOf(200), null, BodyLength.unknown);
      sink.abort();
      const before = observe();
      send(sink, "late");
      sink.trailers(new FieldLines(Buffer.from("T: 1\r\n")));
      sink.interim(headOf(103));
      expect(sink.flush()).toBe(true);
      sink.begin(headOf(200), null, 0);
      sink.end();
      sink.abort();
      expect(observe()).toEqual(before);
    });
  });

  describe(`${name}: order`, () => {
    test("begun tells that a final head was taken", () => {
      const { sink } = got();
      expect(sink.begun).toBe(false);
      sink.interim(headOf(103, "Link: x\r\n"));
      expect(sink.begun).toBe(false);
      sink.begin(headOf(200), null, 0);
      expect(sink.begun).toBe(true);
    });

    test("interim responses come before the final one only", () => {
      const { sink, observe } = taken(got());
      sink.interim(headOf(100));
      sink.interim(headOf(103, "Link: x\r\n"));
      sink.begin(headOf(200), null, 2);
      sink.interim(headOf(103, "Link: late\r\n"));
      send(sink, "ok");
      sink.end();
      const seen = observe();
      expect([seen.status, seen.ending]).toEqual([200, "clean"]);
      expectBody(seen, "ok");
      expect(seen.interims).toEqual(traits.interims ? [100, 103] : []);
    });

    test("trailers come behind the body where there is a place for them, and harm nothing where there is none", () => {
      for (const length of [BodyLength.unknown, 2]) {
        const { sink, observe } = taken(got());
        sink.begin(headOf(200), null, length);
        send(sink, "ok");
        sink.trailers(new FieldLines(Buffer.from("T: 1\r\nU: 2\r\nnot these"), 12));
        sink.end();
        const seen = observe();
        expect(seen.ending).toBe("clean");
        expectBody(seen, "ok");
        if (length === BodyLength.unknown) expect(seen.trailers).toBe(traits.trailers ? "T: 1\r\nU: 2\r\n" : "");
      }
    });

    test("nothing is taken behind the end", () => {
      const { sink, observe } = taken(got());
      sink.begin(headOf(200), null, BodyLength.unknown);
      send(sink, "ok");
      sink.end();
      const before = observe();
      expect(before.ending).toBe("clean");
      send(sink, "late");
      sink.trailers(new FieldLines(Buffer.from("T: 1\r\n")));
      sink.flush();
      sink.end();
      sink.abort();
      expect(observe()).toEqual(before);
    });

    test("edits of the head are made", () => {
      if (!traits.bytes) return;
      const { sink, observe } = taken(got());
      const head = headOf(200, "Gone: 1\r\nStays: 2\r\n");
      const edits = new FieldEdits();
      edits.remove(0);
      edits.addLines(Buffer.from("Added: 3\r\n"));
      sink.begin(head, edits, 2);
      send(sink, "ok");
      sink.end();
      const { fields, ending } = observe();
      expect([fields.get("gone"), fields.get("stays"), fields.get("added")]).toEqual([undefined, "2", "3"]);
      expect(ending).toBe("clean");
    });

    test("an edit that removes Content-Length takes nothing from the length", () => {
      const { sink, observe } = taken(got());
      const edits = new FieldEdits();
      edits.remove(0);
      sink.begin(headOf(200, "Content-Length: 2\r\n"), edits, 2);
      send(sink, "ok");
      sink.end();
      const seen = observe();
      expect(seen.ending).toBe("clean");
      expectBody(seen, "ok");
    });
  });

  if (traits.backpressure) {
    test(`${name}: a client that takes nothing stops the producer, and nothing is lost`, () => {
      for (const length of [600_000, BodyLength.unknown]) {
        const under = got();
        let writable = 0;
        under.exchange.producer = { onSinkWritable: () => void writable++, cancel() {} };
        const { sink } = under;
        sink.begin(headOf(200), null, length);
        expect(sink.flush()).toBe(true);
        under.block();
        send(sink, "x".repeat(300_000));
        expect([sink.flush(), sink.flush()]).toEqual([false, false]);
        expect(writable).toBe(0);
        under.unblock();
        expect(writable).toBe(1);
        send(sink, "y".repeat(300_000));
        expect(sink.flush()).toBe(true);
        under.block();
        sink.end();
        under.unblock();
        const seen = under.observe();
        expect([seen.ending, seen.body === "x".repeat(300_000) + "y".repeat(300_000)]).toEqual(["clean", true]);
      }
    });
  }

  if (traits.upgrades) {
    describe(`${name}: 101`, () => {
      test("passes bytes as they come, until the end", () => {
        const under = make({ method: "GET", upgrade: true });
        under.sink.switchProtocols(headOf(101, SWITCHED), null);
        expect(under.sink.begun).toBe(true);
        send(under.sink, "\x81\x02hi");
        under.sink.flush();
        send(under.sink, "\x88\x00");
        under.sink.end();
        const seen = under.observe();
        expect([seen.status, seen.ending]).toEqual([101, "clean"]);
        expectBody(seen, "\x81\x02hi\x88\x00");
        if (traits.bytes) expect([seen.fields.get("upgrade"), seen.fields.get("x")]).toEqual(["websocket", "1"]);
      });

      test("abort is not a clean end", () => {
        const under = make({ method: "GET", upgrade: true });
        under.sink.switchProtocols(headOf(101, SWITCHED), null);
        send(under.sink, "hi");
        under.sink.flush();
        under.sink.abort();
        expect(under.observe().ending).toBe("aborted");
      });

      test("is not taken once a reply has begun", () => {
        const under = make({ method: "GET", upgrade: true });
        under.sink.begin(headOf(200), null, 2);
        under.sink.switchProtocols(headOf(101, SWITCHED), null);
        send(under.sink, "ok");
        under.sink.end();
        expect(under.observe()).toMatchObject({ status: 200, received: 2, ending: "clean" });
      });
    });
  }
}
