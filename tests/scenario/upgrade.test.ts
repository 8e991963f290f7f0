/** Tunnels: how they come about, how they end, and what must never become one (RFC 9110 §7.8). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { explainTree } from "../../src/explain/explain-tree.ts";
import { Client } from "./support/client.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { isFreed, ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { poll } from "./support/poll.ts";
import { bodyOf, isComplete, statusOf } from "./support/raw-client.ts";
import { faultOf, linesOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const MEGABYTE = 1 << 20;

let origin: Origin;
let edge: TestEdge;
const switched = (protocol: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

function answer(request: Received): void {
  const { socket, path } = request;
  if (!path.startsWith("/ws")) {
    ok(request, `plain ${request.head}`);
    return;
  }
  if (path === "/ws/refused") {
    socket.write(
      "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 3\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nno!",
    );
    return;
  }
  if (path === "/ws/sink") {
    let taken = 0;
    socket.on("tunnel", (bytes: Buffer) => {
      taken += bytes.length;
      if (taken === 8 * MEGABYTE) socket.write("all");
    });
  } else socket.on("tunnel", (bytes: Buffer) => socket.write(bytes));
  socket.write(switched(path === "/ws/other" ? "h2c" : "websocket"));
  if (path === "/ws/flood") socket.write(Buffer.alloc(8 * MEGABYTE, "f"));
  if (path === "/ws/bye") socket.end("bye");
}

beforeAll(async () => {
  origin = await startOrigin(answer);
  edge = await edgeBefore([origin], { retry: { attempts: 0 } });
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
});

const ask = (path: string, fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n", rest = ""): string =>
  `GET ${path} HTTP/1.1\r\n${HOST}${fields}Sec-WebSocket-Key: abc\r\n\r\n${rest}`;

async function tunnel(path: string): Promise<Client> {
  const client = await Client.open(edge.port);
  expect(statusOf(await client.ask(ask(path), isComplete))).toBe(101);
  return client;
}

describe("a tunnel", () => {
  test("passes Upgrade and Connection of this hop, and the fields of the protocol", async () => {
    const client = await tunnel("/ws/fields");
    const { head } = await origin.head("/ws/fields");
    expect(linesOf(head, "Upgrade")).toEqual(["Upgrade: websocket"]);
    expect(linesOf(head, "Connection")).toEqual(["Connection: Upgrade"]);
    expect(linesOf(head, "Sec-WebSocket-Key")).toEqual(["Sec-WebSocket-Key: abc"]);
    client.close();
  });

  test("carries every byte value both ways", async () => {
    const client = await tunnel("/ws/bytes");
    const all = Buffer.from(Array.from({ length: 1_024 }, (_, at) => at & 0xff));
    const back = await client.ask(all, (text) => text.length >= all.length);
    expect(Buffer.from(back, "latin1").equals(all)).toBe(true);
    client.close();
  });

  test("carries many megabytes to the client at its pace", async () => {
    const client = await tunnel("/ws/flood");
    client.pause();
    await Bun.sleep(60);
    client.resume();
    await client.until((text) => text.length >= 8 * MEGABYTE, 8_000);
    expect(client.received.replaceAll("f", "").length).toBeLessThan(400);
    client.close();
  });

  test("carries many megabytes to the origin at its pace", async () => {
    const client = await tunnel("/ws/sink");
    const { socket } = await origin.head("/ws/sink");
    socket.pause();
    const sent = client.ask(Buffer.alloc(8 * MEGABYTE, "s"), (text) => text === "all", 8_000);
    await Bun.sleep(60);
    socket.resume();
    expect(await sent).toBe("all");
    client.close();
  });

  test("ends when the client is gone", async () => {
    const client = await tunnel("/ws/client-gone");
    client.abort();
    expect(await isFreed(await origin.head("/ws/client-gone"))).toBe(true);
    await recordOf(edge, "/ws/client-gone");
  });

  test("ends with a reset when the origin is gone", async () => {
    const client = await tunnel("/ws/origin-gone");
    (await origin.head("/ws/origin-gone")).socket.resetAndDestroy();
    expect(await client.end()).toBe("reset");
    client.close();
  });

  test("passes the origin's FIN on, behind its last bytes, and the client may still send", async () => {
    const client = await tunnel("/ws/bye");
    expect(await client.end()).toBe("end");
    expect(client.received).toEndWith("bye");
    client.shutdown();
    const record = await recordOf(edge, "/ws/bye");
    expect([record.fault, record.closedBy]).toEqual([null, "upstream"]);
    const { stations } = explainTree({ record, plan: null, sent: true, reply: null });
    const upstream = stations.find(({ station }) => station === "upstream")!;
    expect(upstream).toMatchObject({ mark: "ok", text: expect.stringContaining("ended the tunnel in order") });
    expect(upstream.children.at(-1)).toMatchObject({ label: "tunnel", text: "0 bytes from the client, 3 bytes to it" });
    client.close();
  });

  test("passes the client's FIN on, and the origin may still send", async () => {
    const client = await tunnel("/ws/half");
    const { socket } = await origin.head("/ws/half");
    socket.removeAllListeners("end");
    client.shutdown();
    expect(await poll(() => socket.readableEnded)).toBe(true);
    socket.end("afterwards");
    expect(await client.end()).toBe("end");
    expect(client.received).toEndWith("afterwards");
    client.close();
  });

  test("frees its place in the pool, and leaves no connection behind", async () => {
    const client = await tunnel("/ws/place");
    const target = edge.edge.control.plan().pools.get("main")!.live.targets[0]!;
    const active = target.active;
    client.abort();
    expect(await poll(() => target.active === active - 1)).toBe(true);
  });
});

describe("no tunnel", () => {
  test("when the origin refuses: the connection goes on as HTTP", async () => {
    const client = await Client.open(edge.port);
    const reply = await client.ask(ask("/ws/refused"), isComplete);
    expect([statusOf(reply), bodyOf(reply)]).toEqual([426, "no!"]);
    expect(bodyOf(await client.ask(ask("/next", ""), isComplete))).toStartWith("plain GET /next ");
    client.close();
  });

  test("when the origin refuses and a request follows at once: it is answered as one", async () => {
    const client = await Client.sending(edge.port, ask("/ws/refused") + ask("/behind", ""));
    await client.until((text) => text.includes("plain"));
    expect(client.received).toContain("no!HTTP/1.1 200 OK\r\n");
    expect(client.received).toContain("plain GET /behind ");
    client.close();
  });

  test("without Upgrade among the options of Connection", async () => {
    const client = await Client.open(edge.port);
    for (const fields of [
      "Upgrade: websocket\r\n",
      "Connection: keep-alive\r\nUpgrade: websocket\r\n",
      "Connection: Upgrade\r\n",
    ]) {
      const seen = bodyOf(await client.ask(ask("/plain", fields), isComplete));
      expect(linesOf(seen, "Upgrade")).toEqual([]);
      expect(linesOf(seen, "Connection")).toEqual([]);
    }
    client.close();
  });

  test("over HTTP/1.0", async () => {
    const client = await Client.open(edge.port);
    const old = `GET /plain HTTP/1.0\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    expect(linesOf(bodyOf(await client.ask(old, isComplete)), "Upgrade")).toEqual([]);
    client.close();
  });

  test("to a protocol that the client did not name", async () => {
    const client = await Client.open(edge.port);
    const reply = await client.ask(ask("/ws/other"), isComplete);
    expect([statusOf(reply), faultOf(reply)]).toEqual([502, "response-upgrade-unexpected"]);
    client.close();
  });

  test("to cleartext HTTP/2, in which requests would pass by every rule of the edge", async () => {
    const client = await Client.open(edge.port);
    const fields =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n";
    const seen = bodyOf(await client.ask(ask("/plain", fields), isComplete));
    expect(seen).toStartWith("plain GET /plain ");
    for (const name of ["Upgrade", "Connection", "HTTP2-Settings"]) expect(linesOf(seen, name)).toEqual([]);
    client.close();
  });
});
