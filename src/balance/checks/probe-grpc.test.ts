import { afterAll, describe, expect, test } from "bun:test";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { makeAuthority, makeCertificate } from "../../tls/certificate-for-tests.ts";
import { checked, type Http2Handler, PATIENT, pour, Servers, SHORT, told, verdict } from "./servers-for-tests.ts";

const servers = new Servers();
afterAll(() => servers.close());

const HEAD = { ":status": 200, "content-type": "application/grpc" };

function healthResponse(status: number): Buffer {
  return Buffer.from([0, 0, 0, 0, 2, 0x08, status]);
}

/** Answers as gRPC servers do: a message, and the status in the trailers. */
function respond(stream: ServerHttp2Stream, message: Buffer, status = "0"): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
  stream.end(message);
}

/** An answer that has only a status, and it among the first fields. */
function refuse(stream: ServerHttp2Stream, status: number, message = ""): void {
  const words = message === "" ? {} : { "grpc-message": message };
  stream.respond({ ...HEAD, "grpc-status": String(status), ...words }, { endStream: true });
}

async function of(handler: Http2Handler, service = "", timeout = 2000): Promise<string[]> {
  return told(await checked(await servers.http2(handler), { kind: "grpc", service, timeout }));
}

describe("the server says", () => {
  test("SERVING", async () => {
    expect(await of((stream) => respond(stream, healthResponse(1)))).toEqual([
      "tcp: connected",
      "http: HTTP/2",
      "grpc: SERVING",
    ]);
    expect(await servers.left()).toBe(0);
  });

  test.each([
    ["NOT_SERVING", (stream) => respond(stream, healthResponse(2)), "NOT_SERVING"],
    ["SERVICE_UNKNOWN", (stream) => respond(stream, healthResponse(3)), "SERVICE_UNKNOWN"],
    ["UNKNOWN", (stream) => respond(stream, Buffer.alloc(5)), "UNKNOWN"],
    ["not found", (stream) => refuse(stream, 5), 'NOT_FOUND: the server does not know the service "shop.Carts"'],
    ["unimplemented", (stream) => refuse(stream, 12), "UNIMPLEMENTED: the server has no grpc.health.v1.Health"],
    ["unavailable", (stream) => refuse(stream, 14, "draining, caf%C3%A9"), "UNAVAILABLE: draining, caf%C3%A9"],
    ["a status in the trailers", (stream) => respond(stream, healthResponse(1), "13"), "INTERNAL"],
    ["no message", (stream) => respond(stream, Buffer.alloc(0)), "the answer has no message"],
    [
      "nonsense",
      (stream) => respond(stream, Buffer.from("nonsense")),
      "the answer's message is compressed, which was not asked for",
    ],
    ["no status", (stream) => stream.respond(HEAD, { endStream: true }), "the answer has no grpc-status"],
  ] as ReadonlyArray<[string, Http2Handler, string]>)("%s", async (_, handler, words) => {
    expect(await of(handler, "shop.Carts")).toEqual(["tcp: connected", "http: HTTP/2", `grpc FAILED: ${words}`]);
  });

  test("something that is not gRPC", async () => {
    const page: Http2Handler = (stream) => {
      stream.respond({ ":status": 200, "content-type": "text/html" });
      stream.end("<h1>hello</h1>");
    };
    expect((await of(page)).at(-1)).toBe("grpc FAILED: content-type text/html, expected application/grpc");
    const missing: Http2Handler = (stream) => stream.respond({ ":status": 404 }, { endStream: true });
    expect((await of(missing)).at(-1)).toBe("grpc FAILED: HTTP status 404, expected a gRPC answer");
  });

  test("nothing in time: HTTP/2 is up and gRPC is what was waited for", async () => {
    expect(await of(() => {}, "", SHORT)).toEqual([
      "tcp: connected",
      "http: HTTP/2",
      `grpc FAILED: no answer within ${SHORT} ms`,
    ]);
    expect(await servers.left()).toBe(0);
  });

  test("messages without end", async () => {
    const endless: Http2Handler = (stream) => {
      stream.respond(HEAD);
      pour(stream, Buffer.alloc(8192));
    };
    expect((await of(endless)).at(-1)).toBe("grpc FAILED: the answer is longer than 64 KiB");
    expect(await servers.left()).toBe(0);
  });
});

describe("the call", () => {
  test("is one of the health protocol, with the service's name and the time that is left", async () => {
    let seen: IncomingHttpHeaders = {};
    const parts: Buffer[] = [];
    const handler: Http2Handler = (stream, fields) => {
      seen = fields;
      stream.on("data", (bytes: Buffer) => parts.push(bytes));
      stream.on("end", () => respond(stream, healthResponse(1)));
    };
    const port = await servers.http2(handler);
    expect(verdict(await checked(port, { kind: "grpc", service: "shop.Carts" }))).toBe("grpc: SERVING");
    expect(seen).toMatchObject({
      ":method": "POST",
      ":scheme": "http",
      ":path": "/grpc.health.v1.Health/Check",
      ":authority": `shop.internal:${port}`,
      "content-type": "application/grpc",
      te: "trailers",
      "grpc-timeout": `${PATIENT}m`,
    });
    expect(Buffer.concat(parts).toString("hex")).toBe("000000000c0a0a73686f702e4361727473");
  });

  test("goes over TLS too, to the name that the certificate is for", async () => {
    const authority = await makeAuthority("authority of the tests");
    const certificate = await makeCertificate({ names: ["good.test"], issuer: authority });
    const seen: unknown[] = [];
    const port = await servers.http2Secure(certificate, (stream, fields) => {
      seen.push(fields[":scheme"], fields[":authority"]);
      respond(stream, healthResponse(1));
    });
    const plan = { kind: "grpc", tls: { serverName: "good.test", verify: true } } as const;
    expect(told(await checked(port, plan, { ca: authority.certificate }))).toEqual([
      "tcp: connected",
      "tls: TLSv1.3, certificate good for 90 days",
      "http: HTTP/2",
      "grpc: SERVING",
    ]);
    expect(seen).toEqual(["https", "good.test"]);
  });
});
