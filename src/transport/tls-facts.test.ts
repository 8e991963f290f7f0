import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:tls";

import type { Listening, Transport } from "../contract/transport.ts";
import { makeCertificate } from "../tls/certificate-for-tests.ts";
import { listenSecurely } from "./bun-transport.ts";

let listening: Listening;
const heard: Array<{ transport: Transport; text: string }> = [];

beforeAll(async () => {
  const pair = await makeCertificate({ names: ["names.test"] });
  listening = listenSecurely("127.0.0.1", 0, pair, ["dot"], (transport) => ({
    onData: (bytes, start, end) => void heard.push({ transport, text: bytes.latin1Slice(start, end) }),
    onWritable() {},
    onEnd: () => transport.close(),
    onClose() {},
  }));
});

afterAll(() => listening.stop());

test("a connection over TLS tells what the handshake said", async () => {
  const socket = connect({
    host: "127.0.0.1",
    port: listening.port,
    servername: "names.test",
    ALPNProtocols: ["dot"],
    rejectUnauthorized: false,
  });
  socket.write("hello");
  while (heard.length === 0) await Bun.sleep(1);
  const { transport, text } = heard[0]!;
  expect(text).toBe("hello");
  expect(transport.tls).toMatchObject({ version: "TLSv1.3", serverName: "names.test", protocol: "dot" });
  expect(transport.tls!.cipher).toStartWith("TLS_");
  socket.destroy();
});
