import { dlopen, FFIType } from "bun:ffi";
import { connect, type Socket } from "node:net";

import { poll } from "./poll.ts";

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCKADDR_SIZE = 16;

export interface Blackhole {
  readonly address: string;
  stop(): void;
}

/**
 * An address that answers no SYN: a listening socket whose backlog is full, since nobody ever accepts. The only way to
 * have a connect hang on loopback, hence straight from libc.
 */
export async function blackhole(): Promise<Blackhole> {
  const { i32, ptr } = FFIType;
  const libc = dlopen("libc.so.6", {
    socket: { args: [i32, i32, i32], returns: i32 },
    bind: { args: [i32, ptr, i32], returns: i32 },
    listen: { args: [i32, i32], returns: i32 },
    getsockname: { args: [i32, ptr, ptr], returns: i32 },
    close: { args: [i32], returns: i32 },
  });
  const call = libc.symbols;
  const name = Buffer.alloc(SOCKADDR_SIZE);
  name.writeUInt16LE(AF_INET, 0);
  name.set([127, 0, 0, 1], 4);
  const fd = call.socket(AF_INET, SOCK_STREAM, 0);
  const size = new Int32Array([SOCKADDR_SIZE]);
  const failed =
    call.bind(fd, name, SOCKADDR_SIZE) < 0 || call.listen(fd, 0) < 0 || call.getsockname(fd, name, size) < 0;
  if (fd < 0 || failed) throw new Error("no listening socket");
  const port = name.readUInt16BE(2);

  // A backlog of 0 holds one connection; the next one is refused an answer.
  let connected = 0;
  const fillers: Socket[] = [];
  for (let filler = 0; filler < 3; filler++) {
    const socket = connect({ port, host: "127.0.0.1" }, () => connected++);
    socket.on("error", () => {});
    fillers.push(socket);
  }
  await poll(() => connected >= 1);
  return {
    address: `127.0.0.1:${port}`,
    stop() {
      for (const filler of fillers) filler.destroy();
      call.close(fd);
      libc.close();
    },
  };
}
