/** The name server over UDP, and its end. */
import { afterEach, describe, expect, test } from "bun:test";
import type { MessageHandler } from "../authority/message-handler.ts";
import { queryPacket, shopZones } from "../authority/zones-for-tests.ts";
import { readMessage } from "../wire/message.ts";
import { RecordType } from "../wire/record-type.ts";
import { framed, HOST, openTcp, openUdp, portOf, startServer, stopServers, until } from "./clients-for-tests.ts";
import { startDnsServer } from "./dns-server.ts";

afterEach(stopServers);

describe("UDP", () => {
  test("answers, each to who asked", async () => {
    const server = await startServer({ nsid: "here" });
    const clients = await Promise.all([1, 2, 3].map(() => openUdp(portOf(server, "udp"))));
    for (let index = 0; index < 300; index++) {
      clients[index % 3]!.ask(queryPacket(index % 2 === 0 ? "www.shop.test." : "none.shop.test.", "A", { id: index }));
    }
    await until(() => clients.every(({ answers }) => answers.size === 100));
    for (const [index, { answers, close }] of clients.entries()) {
      expect([...answers.keys()].every((id) => id % 3 === index)).toBe(true);
      for (const [id, bytes] of answers) expect(readMessage(bytes).answers).toHaveLength(id % 2 === 0 ? 1 : 0);
      close();
    }
    expect(server.statistics()).toMatchObject({ queries: { udp: 300 }, unsent: 0 });
  });

  test("a client whose port has closed costs no other its answer", async () => {
    const server = await startServer();
    const port = portOf(server, "udp");
    const other = await openUdp(port);
    let gone = 0;
    for (let index = 0; index < 1_000; index++) {
      if (index % 4 === 0) {
        // The answer finds nobody, and ICMP says so to the server's socket.
        const client = await openUdp(port);
        client.ask(queryPacket("www.shop.test.", "A"));
        client.close();
        gone++;
      }
      other.ask(queryPacket("www.shop.test.", "A", { id: index }));
      // Sockets hold some 200 datagrams, and both ends live in one thread here.
      if (index % 20 === 0) await until(() => other.answers.size === index + 1);
    }
    await until(() => other.answers.size === 1_000);
    expect([gone, other.answers.size]).toEqual([250, 1_000]);
    other.close();
  });

  test("a handler's messages go to who asked, and its failure hurts nobody", async () => {
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.IXFR,
      async handle(message, client, send) {
        await Bun.sleep(1);
        if (message[1] === 2) throw new Error("no");
        expect([client.transport, client.address]).toEqual(["udp", HOST]);
        expect(send(message)).toBe(true);
      },
    };
    const server = await startServer({ handlers: [handler] });
    const { ask, answers, close } = await openUdp(portOf(server, "udp"));
    ask(queryPacket("shop.test.", "IXFR", { id: 2 }));
    ask(queryPacket("shop.test.", "IXFR", { id: 1 }));
    ask(queryPacket("www.shop.test.", "A", { id: 3 }));
    await until(() => answers.size === 2);
    expect([...answers.keys()].toSorted((a, b) => a - b)).toEqual([1, 3]);
    close();
  });
});

describe("stop", () => {
  test("gives ports back, lets handlers finish, and cuts off what takes too long", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const handler: MessageHandler = {
      handles: (query) => query.type === RecordType.AXFR,
      async handle(message, _, send) {
        await promise;
        await send(message);
      },
    };
    const server = await startServer({ handlers: [handler] });
    const port = portOf(server, "tcp");
    const busy = openTcp(port);
    const idle = openTcp(port);
    busy.socket.write(framed(queryPacket("shop.test.", "AXFR")));
    await until(() => server.statistics().events.handedOver === 1 && server.statistics().connections === 2);
    const stopped = server.stop(2_000);
    await idle.closed;
    resolve();
    await stopped;
    await busy.closed;
    expect(busy.messages.all).toHaveLength(1);
    const listening = [
      { transport: "udp", host: HOST, port },
      { transport: "tcp", host: HOST, port },
    ] as const;
    const again = await startServer({ listen: listening });
    expect(again.listening).toEqual(listening);
  });

  test("listens everywhere or nowhere", async () => {
    const server = await startServer();
    const port = portOf(server, "tcp");
    const listen = [
      { transport: "udp", host: HOST, port: 0 },
      { transport: "tcp", host: HOST, port },
    ] as const;
    expect(startDnsServer({ zones: shopZones(), listen })).rejects.toThrow();
  });
});
