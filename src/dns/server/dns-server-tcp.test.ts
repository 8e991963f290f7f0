/** The name server over TCP: many queries on a connection, answers as they come, and what a client may hold up. */
import { afterEach, describe, expect, test } from "bun:test";
import type { MessageHandler } from "../authority/message-handler.ts";
import { queryPacket } from "../authority/zones-for-tests.ts";
import { readMessage } from "../wire/message.ts";
import { Flag, RecordType } from "../wire/record-type.ts";
import { framed, openTcp, portOf, startServer, stopServers, until } from "./clients-for-tests.ts";

afterEach(stopServers);

describe("TCP", () => {
  test("stands on the same port as UDP, and answers pipelined queries of any cut", async () => {
    const server = await startServer();
    expect(portOf(server, "tcp")).toBe(portOf(server, "udp"));
    const { socket, messages } = openTcp(portOf(server, "tcp"));
    const queries = Array.from({ length: 50 }, (_, id) => framed(queryPacket("big.shop.test.", "TXT", { id })));
    const bytes = Buffer.concat(queries);
    for (let at = 0; at < bytes.length; at += 37) {
      socket.write(bytes.subarray(at, at + 37));
      if (at % 3 === 0) await Bun.sleep(0);
    }
    await messages.count(50);
    expect(messages.all.map((message) => readMessage(message).id)).toEqual(queries.map((_, id) => id));
    for (const message of messages.all) expect(readMessage(message)).toMatchObject({ flags: Flag.QR | Flag.AA });
  });

  test("a client that has said all it had to say (FIN) is answered before it is left", async () => {
    const server = await startServer();
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    socket.end(Buffer.concat([framed(queryPacket("www.shop.test.", "A", { id: 1 })), Buffer.of(0)]));
    await closed;
    expect(messages.all).toHaveLength(1);
    await until(() => server.statistics().connections === 0);
    expect(server.statistics().connections).toBe(0);
  });

  test("who does not speak DNS is left", async () => {
    const server = await startServer();
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    socket.write(Buffer.from("\0\x05hello"));
    await closed;
    expect(messages.all).toEqual([]);
  });

  test("an idle connection is closed, also one that sends a byte now and then", async () => {
    const server = await startServer({ streams: { idleTimeout: 300 } });
    const clients = [1, 2].map(() => openTcp(portOf(server, "tcp")));
    const begun = performance.now();
    // The begin of a message of 257 bytes.
    const dripping = setInterval(() => clients[1]!.socket.write(Buffer.of(1)), 50);
    await Promise.all(clients.map(({ closed }) => closed));
    clearInterval(dripping);
    const elapsed = performance.now() - begun;
    expect(elapsed).toBeGreaterThan(250);
    expect(elapsed).toBeLessThan(2_000);
  });

  test("a connection in use is not idle", async () => {
    const server = await startServer({ streams: { idleTimeout: 300 } });
    const { socket, messages } = openTcp(portOf(server, "tcp"));
    for (let id = 0; id < 8; id++) {
      socket.write(framed(queryPacket("www.shop.test.", "A", { id })));
      await Bun.sleep(100);
    }
    await messages.count(8);
    expect(server.statistics().connections).toBe(1);
  });

  test("limits: connections in all, of one client, and queries on one", async () => {
    const server = await startServer({
      streams: { connections: 3, connectionsPerClient: 2, messagesPerConnection: 2 },
    });
    const port = portOf(server, "tcp");
    const kept = [openTcp(port), openTcp(port)];
    await until(() => server.statistics().connections === 2);
    const third = openTcp(port);
    await third.closed;
    expect(server.statistics()).toMatchObject({ connections: 2, connectionsRefused: 1 });
    const { socket, messages, closed } = kept[0]!;
    socket.write(Buffer.concat([1, 2, 3].map((id) => framed(queryPacket("www.shop.test.", "A", { id })))));
    await closed;
    expect(messages.all.map((message) => readMessage(message).id)).toEqual([1, 2]);
    await until(() => server.statistics().connections === 1);
    const again = openTcp(port);
    again.socket.write(framed(queryPacket("www.shop.test.", "A")));
    await again.messages.count(1);
  });

  test("who asks and does not read is not read either, and then cut off", async () => {
    const server = await startServer({ streams: { idleTimeout: 400, messagesPerConnection: 1e9 } });
    const { socket } = openTcp(portOf(server, "tcp"));
    socket.pause();
    const count = 20_000;
    const query = framed(queryPacket("big.shop.test.", "TXT"));
    socket.write(Buffer.concat(Array.from({ length: count }, () => query)));
    await until(() => server.statistics().connections === 1);
    await until(() => server.statistics().connections === 0);
    // It was left long before all was answered, which would be 33 MB.
    expect(server.statistics().connections).toBe(0);
    expect(server.statistics().queries.tcp).toBeLessThan(count);
  });

  test("who reads late gets all, in order", async () => {
    const server = await startServer({ streams: { messagesPerConnection: 1e9 } });
    const { socket, messages } = openTcp(portOf(server, "tcp"));
    socket.pause();
    const count = 10_000;
    for (let id = 0; id < count; id++) socket.write(framed(queryPacket("big.shop.test.", "TXT", { id })));
    await Bun.sleep(100);
    expect(server.statistics().queries.tcp).toBeLessThan(count);
    socket.resume();
    await messages.count(count);
    expect(messages.all.findIndex((message, id) => ((message[0]! << 8) | message[1]!) !== id)).toBe(-1);
  });

  test("a handler sends many messages as fast as the client takes them", async () => {
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      async handle(_, __, send) {
        for (let id = 0; id < 400; id++) {
          const message = new Uint8Array(20_000);
          message[0] = id >> 8;
          message[1] = id;
          const sent = send(message);
          if (sent === false) return;
          if (sent !== true) await sent;
        }
      },
    };
    const server = await startServer({ handlers: [handler] });
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    socket.end(framed(queryPacket("shop.test.", "AXFR")));
    socket.pause();
    await Bun.sleep(50);
    socket.resume();
    await closed;
    expect(messages.all.map((message) => (message[0]! << 8) | message[1]!)).toEqual(
      Array.from({ length: 400 }, (_, id) => id),
    );
  });

  test("handlers are at 8 messages of a connection at most; what is behind waits its turn", async () => {
    let now = 0;
    let most = 0;
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      async handle(message, _, send) {
        most = Math.max(most, ++now);
        await Bun.sleep(5);
        now--;
        await send(message);
      },
    };
    const server = await startServer({ handlers: [handler] });
    const { socket, messages, closed } = openTcp(portOf(server, "tcp"));
    const queries = Array.from({ length: 40 }, (_, id) => framed(queryPacket("shop.test.", "AXFR", { id })));
    socket.end(Buffer.concat([...queries, framed(queryPacket("www.shop.test.", "A", { id: 40 }))]));
    await closed;
    expect(most).toBe(8);
    const ids = messages.all.map((message) => (message[0]! << 8) | message[1]!);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_, id) => id));
  });

  test("a handler that fails cuts its connection off", async () => {
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      handle: () => Promise.reject(new Error("no")),
    };
    const server = await startServer({ handlers: [handler] });
    const { socket, closed } = openTcp(portOf(server, "tcp"));
    socket.write(framed(queryPacket("shop.test.", "AXFR")));
    await closed;
    await until(() => server.statistics().connections === 0);
    expect(server.statistics().connections).toBe(0);
  });
});
