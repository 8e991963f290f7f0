/** Every timer of the path: when it fires, what the client sees of it, and the fault that the trace names. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { blackhole, type Blackhole } from "./support/blackhole.ts";
import { Client } from "./support/client.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { isFreed, ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf, fieldOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const TIMER = 800;
/** Of those who must not run into it, however busy the machine is: many times what they take between two bytes. */
const PATIENT = 2_400;
/** A timer fires a tick of the wheel late at most; the rest is for a busy machine. Which one it was the fault says. */
const LATE = 10_000;

let origin: Origin;
let hole: Blackhole;
let edge: TestEdge;

function answer(request: Received): void {
  const { socket, path } = request;
  if (path.includes("/never")) return;
  if (path.includes("/stall-length")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
  else if (path.includes("/stall-chunk"))
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  else if (path.includes("/stall-close")) socket.write("HTTP/1.1 200 OK\r\n\r\nabc");
  else if (path.includes("/stall-head")) socket.write("HTTP/1.1 200 OK\r\nContent-Le");
  else if (path.includes("/interim")) socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  else if (path.includes("/drip")) void drip(request);
  else if (path.includes("/huge"))
    socket.write(
      Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"), Buffer.alloc(64 << 20)]),
    );
  else if (path.includes("/upgrade")) {
    socket.on("tunnel", (bytes: Buffer) => socket.write(bytes));
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  } else ok(request, `fine|${request.wire}`);
}

/** Bytes of a response that takes its time, longer than the timers: one every 25 ms. */
const DRIPPED = 100;
/** Less than a response that drips takes, and enough for it to begin. */
const TOTAL = 1_500;

async function drip({ socket }: Received): Promise<void> {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${DRIPPED}\r\n\r\n`);
  for (let byte = 0; byte < DRIPPED && !socket.destroyed; byte++) {
    await Bun.sleep(25);
    socket.write("x");
  }
}

beforeAll(async () => {
  origin = await startOrigin(answer);
  hole = await blackhole();
  const { address } = origin;
  const pool = (timeout: string, milliseconds: number, target = address) => ({
    targets: [target],
    timeouts: { [timeout]: `${milliseconds}ms` },
  });
  edge = await edgeWith({
    pools: {
      main: { targets: [address] },
      connect: pool("connect", TIMER, hole.address),
      first: pool("firstByte", TIMER),
      informed: pool("firstByte", PATIENT),
      idle: pool("idle", TIMER),
      patient: pool("idle", PATIENT),
      total: pool("total", TOTAL),
    },
    routes: [
      { name: "main", match: { path: "/*" }, proxy: "main" },
      {
        name: "patient",
        match: { path: "/patient/*" },
        proxy: "patient",
        timeouts: { body: `${PATIENT}ms`, tunnel: `${PATIENT}ms` },
      },
      ...["connect", "first", "informed", "idle", "total"].map((name) => ({
        name,
        match: { path: `/${name}/*` },
        proxy: name,
      })),
    ],
    timeouts: {
      head: `${TIMER}ms`,
      body: `${TIMER}ms`,
      keepAlive: `${TIMER}ms`,
      write: `${TIMER}ms`,
      tunnel: `${TIMER}ms`,
      halfClose: `${TIMER}ms`,
      linger: `${PATIENT}ms`,
      drain: "100ms",
    },
  });
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
  hole.stop();
});

/** Waits for what ends with a timer, which began after `begun`; fails when that is not the timer's time. */
async function timed<T>(timer: number, work: Promise<T>, begun = performance.now()): Promise<T> {
  const result = await work;
  const took = performance.now() - begun;
  expect(took).toBeGreaterThan(timer - 120);
  expect(took).toBeLessThan(timer + LATE);
  return result;
}

const get = (path: string): Promise<string> =>
  raw(edge.port, [`GET ${path} HTTP/1.1\r\n${HOST}\r\n`], { until: isComplete });

async function expectFault(reply: string, status: number, fault: string, path: string): Promise<void> {
  expect([statusOf(reply), faultOf(reply)]).toEqual([status, fault]);
  const record = await recordOf(edge, path);
  expect(record.status).toBe(status);
  expect(record.fault as string).toBe(fault);
}

describe.concurrent("timeouts.head", () => {
  test("a head that drips in is cut off, however often a byte comes", async () => {
    const client = await Client.sending(edge.port, `GET /drip-head HTTP/1.1\r\n${HOST}`);
    const dripping = setInterval(() => client.gone || client.write("A: b\r\n"), 50);
    expect(await timed(TIMER, client.end(), client.acted)).toBe("end");
    clearInterval(dripping);
    await expectFault(client.received, 408, "head-timeout", "/drip-head");
    expect(fieldOf(client.received, "Connection")).toBe("close");
    expect((await recordOf(edge, "/drip-head")).faultDetail).toContain(`timeouts.head = ${TIMER} ms`);
    client.close();
  });

  test("the head of a later request too", async () => {
    const client = await Client.open(edge.port);
    expect(statusOf(await client.ask(`GET /a HTTP/1.1\r\n${HOST}\r\n`, isComplete))).toBe(200);
    const reply = await timed(TIMER, client.ask(`GET /second-head HTTP/1.1\r\n${HOST}`, isComplete));
    await expectFault(reply, 408, "head-timeout", "/second-head");
    client.close();
  });

  test("who sends nothing at all is closed without a reply", async () => {
    const client = await Client.open(edge.port);
    expect(await timed(TIMER, client.end(), client.acted)).toBe("end");
    expect(client.received).toBe("");
    client.close();
  });
});

describe.concurrent("timeouts.body", () => {
  test("a body that stops coming is a 408, and the upstream is freed", async () => {
    const client = await Client.sending(edge.port, `POST /slow-body HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nabc`);
    const reply = await timed(TIMER, client.until(isComplete), client.acted);
    await expectFault(reply, 408, "body-timeout", "/slow-body");
    expect(await isFreed(await origin.head("/slow-body"))).toBe(true);
    expect(await client.end()).toBe("end");
    client.close();
  });

  test("a chunked one as well", async () => {
    const reply = await timed(
      TIMER,
      raw(edge.port, [`POST /slow-chunk HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhe`], {
        until: isComplete,
      }),
    );
    await expectFault(reply, 408, "body-timeout", "/slow-chunk");
  });

  test("one that goes on slowly is whole in the end", async () => {
    const count = Math.ceil((1.2 * PATIENT) / 100);
    const parts = Array.from({ length: count }, () => [100, "x"]).flat();
    const head = `POST /patient/a HTTP/1.1\r\n${HOST}Content-Length: ${count}\r\n\r\n`;
    const reply = await raw(edge.port, [head, ...parts], { until: isComplete });
    expect(bodyOf(reply)).toBe(`fine|${"x".repeat(count)}`);
  });
});

describe.concurrent("timeouts.keepAlive", () => {
  test("an idle connection is closed without a word", async () => {
    const client = await Client.open(edge.port);
    expect(statusOf(await client.ask(`GET /a HTTP/1.1\r\n${HOST}\r\n`, isComplete))).toBe(200);
    const length = client.received.length;
    expect(await timed(TIMER, client.end(), client.acted)).toBe("end");
    expect(client.received).toHaveLength(length);
    client.close();
  });

  test("a waiting request is no idle connection", async () => {
    const client = await Client.sending(edge.port, `GET /never/mind HTTP/1.1\r\n${HOST}\r\n`);
    expect(await client.end(TIMER * 3)).toBe("open");
    client.close();
  });
});

describe.concurrent("the upstream's timers", () => {
  test("connect: 504", async () => {
    const reply = await timed(TIMER, get("/connect/a"));
    await expectFault(reply, 504, "upstream-connect-timeout", "/connect/a");
    expect(reply).not.toContain(hole.address);
    expect((await recordOf(edge, "/connect/a")).faultDetail).toContain(`timeouts.connect = ${TIMER} ms`);
  });

  test("first byte: 504, and the connection to the upstream is closed", async () => {
    await expectFault(await timed(TIMER, get("/first/never")), 504, "upstream-first-byte-timeout", "/first/never");
    expect(await isFreed(await origin.head("/first/never"))).toBe(true);
  });

  test("first byte: half a head is no answer", async () => {
    await expectFault(
      await timed(TIMER, get("/first/stall-head")),
      504,
      "upstream-first-byte-timeout",
      "/first/stall-head",
    );
  });

  test("first byte: an interim response is no answer either", async () => {
    const reply = await timed(
      PATIENT,
      raw(edge.port, [`GET /informed/interim HTTP/1.1\r\n${HOST}\r\n`], { until: (text) => text.includes(" 504 ") }),
    );
    expect(reply).toStartWith("HTTP/1.1 103 Early Hints\r\n");
    expect(faultOf(bodyOf(reply))).toBe("upstream-first-byte-timeout");
  });

  for (const kind of ["stall-length", "stall-chunk", "stall-close"]) {
    test(`idle between bytes (${kind}): the client is reset and sees no end`, async () => {
      const client = await Client.sending(edge.port, `GET /idle/${kind} HTTP/1.1\r\n${HOST}\r\n`);
      expect(await timed(TIMER, client.end(), client.acted)).toBe("reset");
      expect(client.received).toContain("abc");
      expect(isComplete(client.received)).toBe(false);
      const record = await recordOf(edge, `/idle/${kind}`);
      expect([record.status, record.fault as string]).toEqual([200, "upstream-idle-timeout"]);
      expect(await isFreed(await origin.head(`/idle/${kind}`))).toBe(true);
    });
  }

  test("idle between bytes: a response that drips is whole in the end", async () => {
    expect(bodyOf(await get("/patient/drip"))).toBe("x".repeat(DRIPPED));
  });

  test("total: 504 when nothing has been answered", async () => {
    await expectFault(await timed(TOTAL, get("/total/never")), 504, "upstream-total-timeout", "/total/never");
  });

  test("total: a reset when the reply has begun", async () => {
    const client = await Client.sending(edge.port, `GET /total/drip HTTP/1.1\r\n${HOST}\r\n`);
    expect(await timed(TOTAL, client.end(), client.acted)).toBe("reset");
    expect(isComplete(client.received)).toBe(false);
    expect((await recordOf(edge, "/total/drip")).fault).toBe("upstream-total-timeout");
  });
});

describe.concurrent("timeouts.write", () => {
  test("a client that never reads is cut off, and the upstream is freed", async () => {
    const client = await Client.open(edge.port);
    client.pause();
    client.write(`GET /huge HTTP/1.1\r\n${HOST}\r\n`);
    const record = await timed(TIMER, recordOf(edge, "/huge", LATE), client.acted);
    expect(record.fault).toBe("write-timeout");
    expect(await isFreed(await origin.head("/huge"))).toBe(true);
    client.resume();
    expect(await client.end()).toBe("reset");
    expect(isComplete(client.received)).toBe(false);
  });
});

describe.concurrent("tunnels", () => {
  const asked = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: echo\r\n\r\n`;

  test("timeouts.tunnel closes a silent one on both sides", async () => {
    const client = await Client.open(edge.port);
    await client.ask(asked("/upgrade/silent"), isComplete);
    expect(await timed(TIMER, client.end(), client.acted)).not.toBe("open");
    expect((await recordOf(edge, "/upgrade/silent")).fault).toBe("tunnel-idle-timeout");
    expect(await isFreed(await origin.head("/upgrade/silent"))).toBe(true);
  });

  test("one that talks stays, whatever the other timers say", async () => {
    const client = await Client.open(edge.port);
    expect(statusOf(await client.ask(asked("/patient/upgrade"), isComplete))).toBe(101);
    for (let turn = 0; turn < (1.2 * PATIENT) / 90; turn++) {
      expect(await client.ask(`ping${turn}`, (text) => text === `ping${turn}`)).toBe(`ping${turn}`);
      await Bun.sleep(90);
    }
    expect(client.gone).toBe(false);
    client.close();
  });
});

describe.concurrent("timeouts.halfClose", () => {
  test("a client that sent FIN and gets no reply in time is given up", async () => {
    const client = await Client.sending(edge.port, `GET /never/half HTTP/1.1\r\n${HOST}\r\n`);
    const { socket } = await origin.head("/never/half");
    expect(socket.destroyed).toBe(false);
    client.shutdown();
    expect(await timed(TIMER, client.end(), client.acted)).not.toBe("open");
    expect((await recordOf(edge, "/never/half")).fault).toBe("client-aborted");
    expect(await isFreed(await origin.head("/never/half"))).toBe(true);
  });

  test("once the reply has begun it may last", async () => {
    const client = await Client.sending(edge.port, `GET /drip/half HTTP/1.1\r\n${HOST}\r\n`);
    await client.until((received) => received.includes("\r\n\r\n"));
    client.shutdown();
    expect(bodyOf(await client.until(isComplete))).toBe("x".repeat(DRIPPED));
    client.close();
  });
});
