/** What every network promises (contract/transport.ts), asked of each of them. */
import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { createServer, type AddressInfo, type Server as NodeServer } from "node:net";
import type { Network } from "../contract/transport.ts";
import { bunNetwork } from "./bun-transport.ts";
import { epollNetwork } from "./epoll/epoll-network.ts";
import { standardError } from "./handler-failure.ts";
import { Client, pattern, Recorder, Server, settle, until } from "./recorder-for-tests.ts";

const epoll = epollNetwork();
const networks: Array<[string, Network]> = [["bun", bunNetwork]];
if (typeof epoll !== "string") networks.push(["epoll", epoll]);

test.skipIf(process.platform !== "linux")("on Linux there is epoll", () => {
  expect(epoll).toBeObject();
});

describe.each(networks)("%s", (_name, network) => {
  let server: Server;
  const clients: Client[] = [];

  function connect(port = server.port, host = "127.0.0.1"): Client {
    const client = new Client(port, host);
    clients.push(client);
    return client;
  }

  function dial(port: number, host = "127.0.0.1"): Recorder {
    const recorder = new Recorder();
    network.dial(host, port, recorder);
    return recorder;
  }

  beforeEach(() => {
    server = new Server(network);
  });

  afterEach(() => {
    server.stop();
    for (const client of clients.splice(0)) client.socket.destroy();
  });

  describe("listening", () => {
    test("says who came, and from where", async () => {
      const client = connect();
      const { transport } = await server.connection();
      await until(() => !client.socket.connecting);
      expect(transport!.peerAddress).toBe("127.0.0.1");
      expect(transport!.peerPort).toBe(client.socket.localPort!);
      expect(transport!.localPort).toBe(server.port);
    });

    test("an address in use is EADDRINUSE", () => {
      expect(() => network.listen("127.0.0.1", server.port, () => null)).toThrow(
        expect.objectContaining({ code: "EADDRINUSE" }),
      );
    });

    test("an address that is not ours is EADDRNOTAVAIL", () => {
      expect(() => network.listen("192.0.2.1", 0, () => null)).toThrow(
        expect.objectContaining({ code: "EADDRNOTAVAIL" }),
      );
    });

    test("an unknown name throws", () => {
      expect(() => network.listen("no-such-name.invalid", 0, () => null)).toThrow(/no-such-name/);
    });

    test("IPv6", async () => {
      const six = new Server(network, "::1");
      connect(six.port, "::1");
      const { transport } = await six.connection();
      expect(transport!.peerAddress).toBe("::1");
      six.stop();
    });

    test("every interface: :: takes IPv4 too", async () => {
      const all = new Server(network, "::");
      connect(all.port, "127.0.0.1");
      connect(all.port, "::1");
      await until(() => all.connections.length === 2);
      const addresses = all.connections.map(({ transport }) => transport!.peerAddress).sort();
      expect(addresses).toEqual(["::1", "::ffff:127.0.0.1"]);
      all.stop();
    });

    test("localhost, and 0.0.0.0", async () => {
      for (const host of ["localhost", "0.0.0.0"]) {
        const other = new Server(network, host);
        expect(other.listening.host).toBe(host);
        connect(other.port, "localhost");
        await other.connection();
        other.stop();
      }
    });

    test("who is refused is reset", async () => {
      server.prepare = () => null;
      const client = connect();
      await until(() => client.closed);
      await settle();
      expect(server.connections[0]!.events).toEqual([]);
    });

    test("after stop nobody new comes in, and who is there stays", async () => {
      const client = connect();
      const first = await server.connection();
      server.listening.stop();
      server.listening.stop();
      const late = connect();
      await until(() => late.error !== "");
      expect(late.error).toBe("ECONNREFUSED");
      client.socket.write("still here");
      await until(() => first.text() === "still here");
      expect(server.connections).toHaveLength(1);
    });

    test("an acceptor that throws costs its connection", async () => {
      const told = spyOn(standardError, "write").mockImplementation(() => {});
      let first = true;
      server.prepare = (recorder) => {
        if (!first) return recorder;
        first = false;
        throw new Error("of the acceptor");
      };
      const client = connect();
      await until(() => client.closed);
      connect().socket.write("next");
      const second = await server.connection(1);
      await until(() => second.text() === "next");
      told.mockRestore();
    });
  });

  describe("dialling", () => {
    test("connects, never before dial returns", async () => {
      const recorder = dial(server.port);
      expect(recorder.events).toEqual([]);
      await until(() => recorder.has("connect"));
      await server.connection();
    });

    test("by name", async () => {
      const recorder = dial(server.port, "localhost");
      expect(recorder.events).toEqual([]);
      await until(() => recorder.has("connect"));
    });

    test("over IPv6", async () => {
      const six = new Server(network, "::1");
      const recorder = dial(six.port, "::1");
      await until(() => recorder.has("connect"));
      six.stop();
    });

    test("nobody listens: ECONNREFUSED, later", async () => {
      const free = new Server(network);
      free.stop();
      const recorder = dial(free.port);
      expect(recorder.events).toEqual([]);
      await until(() => recorder.events.length > 0);
      await settle();
      expect(recorder.events).toEqual(["error:ECONNREFUSED"]);
    });

    test("nobody listens at any address of a name", async () => {
      const free = new Server(network);
      free.stop();
      const recorder = dial(free.port, "localhost");
      await until(() => recorder.events.length > 0);
      expect(recorder.events).toEqual(["error:ECONNREFUSED"]);
    });

    test("an unknown name: ENOTFOUND", async () => {
      const recorder = dial(80, "no-such-name.invalid");
      await until(() => recorder.events.length > 0);
      expect(recorder.events).toEqual(["error:ENOTFOUND"]);
    });

    test("a connection that its caller wants no more", async () => {
      const recorder = dial(server.port);
      recorder.hook = (event) => {
        if (event === "connect") recorder.transport!.abort();
      };
      await until(() => recorder.has("connect"));
      const other = await server.connection();
      await until(() => other.has("close"));
      await settle();
      expect(recorder.events).toEqual(["connect"]);
    });

    test("an origin that speaks first and ends", async () => {
      const origin: NodeServer = createServer((socket) => socket.end("welcome"));
      await new Promise<void>((resolve) => {
        origin.listen(0, "127.0.0.1", resolve);
      });
      const recorder = dial((origin.address() as AddressInfo).port);
      await until(() => recorder.has("end"));
      expect(recorder.text()).toBe("welcome");
      expect(recorder.events).toEqual(["connect", "data", "end"]);
      recorder.transport!.close();
      origin.close();
    });
  });

  describe("the end of a connection", () => {
    test("the peer's FIN is told once, behind its bytes, and writing goes on", async () => {
      const client = connect();
      client.socket.end("last words");
      const recorder = await server.connection();
      await until(() => recorder.has("end"));
      expect(recorder.text()).toBe("last words");
      const reply = Buffer.from("heard");
      expect(recorder.transport!.write(reply, 0, reply.length)).toBe(reply.length);
      await until(() => client.text() === "heard");
      await settle();
      expect(recorder.events).toEqual(["data", "end"]);
      recorder.transport!.close();
      await until(() => client.closed);
      await settle();
      expect(recorder.events).toEqual(["data", "end"]);
    });

    test("after our FIN reading goes on, and the peer's ends it", async () => {
      const client = connect();
      const recorder = await server.connection();
      const bytes = Buffer.from("bye");
      recorder.transport!.write(bytes, 0, 3);
      recorder.transport!.shutdown();
      expect(recorder.transport!.write(bytes, 0, 3)).toBeLessThanOrEqual(0);
      await until(() => client.ended);
      expect(client.text()).toBe("bye");
      client.socket.write("one more");
      await until(() => recorder.text() === "one more");
      client.socket.end();
      await until(() => recorder.has("close"));
      expect(recorder.events).toEqual(["data", "end", "close"]);
    });

    test("our FIN after the peer's ends it", async () => {
      const client = connect();
      client.socket.end();
      const recorder = await server.connection();
      await until(() => recorder.has("end"));
      recorder.transport!.shutdown();
      expect(recorder.events).toEqual(["end"]);
      await until(() => recorder.has("close") && client.closed);
      expect(recorder.events).toEqual(["end", "close"]);
    });

    test("a reset is told, behind the bytes that came", async () => {
      const client = connect();
      client.socket.write("some");
      const recorder = await server.connection();
      await until(() => recorder.text() === "some");
      client.socket.resetAndDestroy();
      await until(() => recorder.has("close"));
      await settle();
      expect(recorder.events).toEqual(["data", "close"]);
      expect(recorder.transport!.write(Buffer.from("x"), 0, 1)).toBeLessThanOrEqual(0);
    });

    test("a reset is told also to who does not read", async () => {
      const client = connect();
      const recorder = await server.connection();
      recorder.transport!.pause();
      await settle();
      client.socket.write("unread");
      await settle();
      client.socket.resetAndDestroy();
      await until(() => recorder.has("close"));
      await settle();
      expect(recorder.events.at(-1)).toBe("close");
      expect(recorder.has("end")).toBeFalse();
    });

    test("close delivers what was written, and nothing is told any more", async () => {
      const client = connect();
      client.socket.pause();
      const recorder = await server.connection();
      const bytes = pattern(100_000, 1);
      expect(recorder.transport!.write(bytes, 0, bytes.length)).toBe(bytes.length);
      recorder.transport!.close();
      expect(recorder.transport!.write(bytes, 0, 1)).toBe(-1);
      client.socket.resume();
      await until(() => client.ended);
      expect(Buffer.concat(client.chunks).equals(bytes)).toBeTrue();
      client.socket.end("too late");
      await settle();
      expect(recorder.events).toEqual([]);
    });

    test("abort resets, and nothing is told any more", async () => {
      const client = connect();
      const recorder = await server.connection();
      await until(() => !client.socket.connecting);
      recorder.transport!.abort();
      recorder.transport!.abort();
      recorder.transport!.close();
      await until(() => client.closed);
      await settle();
      expect(client.ended).toBeFalse();
      expect(client.error).toBe("ECONNRESET");
      expect(recorder.events).toEqual([]);
    });

    test("a write to a peer that is gone: onClose, and not from within the write", async () => {
      const client = connect();
      const recorder = await server.connection();
      await until(() => !client.socket.connecting);
      client.socket.resetAndDestroy();
      // The kernel knows at once on loopback; the loop has not heard of it yet.
      const bytes = Buffer.from("x");
      for (let count = 0; count < 3; count++) recorder.transport!.write(bytes, 0, 1);
      expect(recorder.events).toEqual([]);
      await until(() => recorder.has("close"));
      await settle();
      expect(recorder.events.filter((event) => event === "close")).toHaveLength(1);
      expect(recorder.has("end")).toBeFalse();
    });

    test.each(["data", "end", "writable", "connect"])("an exception in on %s costs that connection", async (event) => {
      const lines: string[] = [];
      const told = spyOn(standardError, "write").mockImplementation((line) => void lines.push(line));
      const other = connect();
      const neighbour = await server.connection();
      const faulty = dial(server.port);
      const fail = (heard: string): void => {
        if (heard === event) throw new Error(`of on ${event}`);
      };
      faulty.hook = fail;
      const peer = await server.connection(1);
      if (event === "writable") {
        await until(() => faulty.transport !== null);
        peer.transport!.pause();
        const bytes = pattern(20_000_000, 1);
        while (faulty.transport!.write(bytes, 0, bytes.length) > 0);
        peer.transport!.resume();
      } else {
        peer.transport!.write(Buffer.from("x"), 0, 1);
        peer.transport!.shutdown();
      }
      await until(() => faulty.has("close") && peer.has("close"));
      expect(faulty.events.at(-1)).toBe("close");
      expect(lines.join("")).toContain(`of on ${event}`);
      other.socket.write("alive");
      await until(() => neighbour.text() === "alive");
      told.mockRestore();
    });
  });
});
