import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { CheckHttp } from "../../contract/health-plan.ts";
import { VERSION } from "../../version.ts";
import { makeAuthority, makeCertificate } from "../../tls/certificate-for-tests.ts";
import { checked, HTTP, type Http2Handler, PATIENT, pour, Servers, SHORT, told, verdict } from "./servers-for-tests.ts";

const servers = new Servers();
const authority = await makeAuthority("authority of the tests");
const certificate = await makeCertificate({ names: ["good.test"], issuer: authority });
afterAll(() => servers.close());

const GET: CheckHttp = { ...HTTP, version: 2 };

function ask(port: number, http: Partial<CheckHttp> = {}, timeout = PATIENT) {
  return checked(port, { kind: "http", http: { ...GET, ...http }, timeout });
}

async function of(handler: Http2Handler, http: Partial<CheckHttp> = {}, timeout = PATIENT) {
  return verdict(await ask(await servers.http2(handler), http, timeout));
}

/** What the check says of a target that sends these bytes, or does this with its socket. */
async function raw(onSocket: (socket: Socket) => void, timeout = PATIENT) {
  return verdict(await ask(await servers.tcp(onSocket), {}, timeout));
}

const answer =
  (status: number, body = ""): Http2Handler =>
  (stream) => {
    stream.respond({ ":status": status });
    stream.end(body);
  };

/** RFC 9113 §4.1. */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const SETTINGS = frame(4, 0, 0);
const PREFACE = 24;
const HEADERS = 1;

/** Sends settings, and goes on when the head of the request has come: there is no stream before. */
function onRequest(socket: Socket, goOn: () => void): void {
  let came = Buffer.alloc(0);
  let at = PREFACE;
  socket.write(SETTINGS);
  socket.on("data", (bytes: Buffer) => {
    came = Buffer.concat([came, bytes]);
    for (; came.length >= at + 9; at += 9 + came.readUIntBE(at, 3)) {
      if (came[at + 3] !== HEADERS) continue;
      socket.removeAllListeners("data").resume();
      goOn();
      return;
    }
  });
}

describe("over plain TCP, with prior knowledge", () => {
  test("a good answer", async () => {
    const layers = await ask(await servers.http2(answer(200, "all is ok")), { body: "ok" });
    expect(told(layers)).toEqual(["tcp: connected", 'http: 200, body holds "ok"']);
    expect(await servers.left()).toBe(0);
  });

  test("asks for what the check says", async () => {
    let seen: IncomingHttpHeaders = {};
    const port = await servers.http2((stream, fields, session) => {
      seen = fields;
      answer(200)(stream, fields, session);
    });
    await ask(port, { method: "HEAD", path: "/ready?deep=1", host: "shop.example" });
    expect(seen).toMatchObject({
      ":method": "HEAD",
      ":scheme": "http",
      ":path": "/ready?deep=1",
      ":authority": "shop.example",
      "user-agent": `roundtrip-health/${VERSION}`,
    });
    await ask(port);
    expect(seen[":authority"]).toBe(`shop.internal:${port}`);
  });

  test("another status, another body", async () => {
    expect(await of(answer(503, "no"))).toBe("http FAILED: 503, expected 200-399");
    expect(await of(answer(200, "no"), { body: "ok" })).toBe('http FAILED: 200, but the body does not hold "ok"');
  });

  test("an interim answer is not the answer", async () => {
    const early: Http2Handler = (stream, fields, session) => {
      stream.additionalHeaders({ ":status": 103, link: "</a>" });
      answer(204)(stream, fields, session);
    };
    expect(await of(early)).toBe("http: 204");
  });

  test("a body without end is read for 64 KiB", async () => {
    const endless: Http2Handler = (stream) => {
      stream.respond({ ":status": 200 });
      pour(stream, Buffer.alloc(8192, 0x61));
    };
    expect(await of(endless, { body: "missing" })).toBe(
      'http FAILED: 200, but the first 64 KiB of the body do not hold "missing"',
    );
    expect(await servers.left()).toBe(0);
  });

  test("a stream that is reset, before the answer and within it", async () => {
    const refused = (socket: Socket): void =>
      onRequest(socket, () => socket.write(frame(3, 0, 1, Buffer.from([0, 0, 0, 7]))));
    expect(await raw(refused)).toBe("http FAILED: stream reset (REFUSED_STREAM)");
    const within: Http2Handler = (stream) => {
      stream.respond({ ":status": 200 });
      stream.write("half");
      setTimeout(() => stream.destroy(new Error("broken")), 20);
    };
    expect(await of(within)).toBe("http FAILED: 200, but stream reset (INTERNAL_ERROR)");
  });

  test.each([
    ["reset by CANCEL", frame(3, 0, 1, Buffer.from([0, 0, 0, 8])), "stream reset (CANCEL)"],
    ["by the end of its connection", null, "stream reset (CANCEL)"],
    ["shorter than it says", frame(0, 1, 1), "the body has another length than it says"],
  ])("a body that is cut off: %s", async (_, end, words) => {
    const cut = (socket: Socket): void =>
      onRequest(socket, () => {
        // `:status: 200`, `content-length: 99` (RFC 7541 §6.2.2), then four bytes.
        socket.write(frame(1, 4, 1, Buffer.from([0x88, 0x0f, 0x0d, 0x02, 0x39, 0x39])));
        socket.write(frame(0, 0, 1, Buffer.from("half")));
        if (end === null) socket.end();
        else socket.write(end);
      });
    expect(await raw(cut)).toBe(`http FAILED: 200, but ${words}`);
    expect(await servers.left()).toBe(0);
  });

  test("HEAD, whose answer says a length and has no body", async () => {
    const head: Http2Handler = (stream) =>
      stream.respond({ ":status": 200, "content-length": 99 }, { endStream: true });
    expect(await of(head, { method: "HEAD" })).toBe("http: 200");
  });

  test("a session that is ended by the target", async () => {
    const goaway: Http2Handler = (_stream, _fields, session) => {
      session.goaway(11);
      session.destroy();
    };
    expect(await of(goaway)).toBe("http FAILED: Session closed with error code 11");
    expect(await servers.left()).toBe(0);
  });

  test("an answer that takes too long, and a body that does", async () => {
    expect(await of(() => {}, {}, SHORT)).toBe(`http FAILED: no answer within ${SHORT} ms`);
    expect(await of((stream) => stream.respond({ ":status": 200 }), {}, SHORT)).toBe(
      `http FAILED: 200, but no end of the body within ${SHORT} ms`,
    );
    expect(await servers.left()).toBe(0);
  });
});

describe("targets that do not speak it", () => {
  test("frozen", async () => {
    expect(await raw(() => {}, SHORT)).toBe(`http FAILED: no answer within ${SHORT} ms`);
    expect(await servers.left()).toBe(0);
  });

  test("HTTP/1.1", async () => {
    const http1 = (socket: Socket): void => void socket.once("data", () => socket.end("HTTP/1.1 400 No\r\n\r\n"));
    expect(await raw(http1)).toBe("http FAILED: the target speaks HTTP/1.1, not HTTP/2");
    const smtp = (socket: Socket): void => void socket.end("220 mail.test ESMTP\r\n");
    expect(await raw(smtp)).toBe("http FAILED: the target does not speak HTTP/2");
  });

  test("closing, and resetting", async () => {
    expect(await raw((socket) => void socket.once("data", () => socket.end()))).toBe(
      "http FAILED: connection closed without HTTP/2 settings",
    );
    expect(await raw((socket) => void socket.once("data", () => socket.resetAndDestroy()))).toBe(
      "http FAILED: connection reset",
    );
  });

  test("settings and nothing else", async () => {
    expect(await raw((socket) => void socket.write(SETTINGS), SHORT)).toBe(`http FAILED: no answer within ${SHORT} ms`);
    expect(await servers.left()).toBe(0);
  });

  test.each([
    ["fields that are not HPACK", frame(1, 5, 1, Buffer.alloc(6, 0xff))],
    ["a head of endless continuations", Buffer.concat([frame(1, 0, 1, Buffer.from([0x88])), ...continuations(200)])],
    ["a push", frame(5, 4, 1, Buffer.from([0, 0, 0, 2, 0x82]))],
    ["a frame that is too long", frame(0, 0, 1, Buffer.alloc(70_000))],
  ])("%s", async (_, bytes) => {
    const evil = (socket: Socket): void => onRequest(socket, () => socket.write(bytes));
    expect(await raw(evil)).toStartWith("http FAILED: the answer is not valid HTTP/2 (");
    expect(await servers.left()).toBe(0);
  });

  test("an answer without a status", async () => {
    const nameless = (socket: Socket): void =>
      onRequest(socket, () => socket.write(frame(1, 5, 1, Buffer.from("\x00\x01a\x01b"))));
    expect(await raw(nameless)).toBe("http FAILED: the answer is not valid HTTP/2 (no status)");
  });

  function continuations(count: number): Buffer[] {
    const fields = Buffer.from("\x00\x01a\x01b".repeat(3000), "latin1").subarray(0, 15_000);
    return Array.from({ length: count }, () => frame(9, 0, 1, fields));
  }

  test("whatever bytes come, the check ends in words and nothing stays open", async () => {
    const frames = fc.record({
      type: fc.integer({ min: 0, max: 11 }),
      flags: fc.integer({ min: 0, max: 255 }),
      stream: fc.constantFrom(0, 1, 2, 3),
      payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frames, { maxLength: 5 }), fc.boolean(), async (list, settings) => {
        const bytes = list.map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload));
        const port = await servers.tcp((socket) => {
          socket.once("data", () => socket.end(Buffer.concat(settings ? [SETTINGS, ...bytes] : bytes)));
        });
        const layers = await ask(port, {}, 100);
        expect(layers).toHaveLength(2);
        expect(layers[1]!.detail).toMatch(/^[\x20-\x7e…]{2,}$/);
      }),
      { numRuns: 40 },
    );
    expect(await servers.left()).toBe(0);
  });
});

describe("over TLS", () => {
  const plan = { kind: "http", http: GET, tls: { serverName: "good.test", verify: true } } as const;

  test("by ALPN", async () => {
    const schemes: unknown[] = [];
    const port = await servers.http2Secure(certificate, (stream, fields, session) => {
      schemes.push(fields[":scheme"]);
      answer(200)(stream, fields, session);
    });
    expect(told(await checked(port, plan, { ca: authority.certificate }))).toEqual([
      "tcp: connected",
      "tls: TLSv1.3, certificate good for 90 days",
      "http: 200",
    ]);
    expect(schemes).toEqual(["https"]);
    expect(await servers.left()).toBe(0);
  });

  test("a target that does not agree to it: the layer that fails is TLS", async () => {
    const other = await servers.tls(certificate, () => {}, { ALPNProtocols: ["http/1.1"] });
    expect(verdict(await checked(other, plan, { ca: authority.certificate }))).toBe(
      "tls FAILED: the target does not speak h2 (ALPN)",
    );
    const none = await servers.tls(certificate);
    expect(verdict(await checked(none, plan, { ca: authority.certificate }))).toBe(
      "tls FAILED: h2 was not agreed on, the target chose no protocol (ALPN)",
    );
    expect(await servers.left()).toBe(0);
  });
});
