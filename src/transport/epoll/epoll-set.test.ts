import { afterEach, expect, test } from "bun:test";
import { ptr } from "bun:ffi";
import { nestInBunLoop, EpollSet } from "./epoll-set.ts";
import { AF_UNIX, EPOLL_CLOEXEC, EPOLLIN, openLibc, SOCK_NONBLOCK, SOCK_STREAM, type Libc } from "../libc.ts";

const opened = openLibc();
const available = typeof opened !== "string";
const libc = opened as Libc;
const BYTE = ptr(Buffer.from([1]));

const descriptors: number[] = [];

afterEach(() => {
  for (const fd of descriptors.splice(0)) libc.close(fd);
});

/** An epoll set with one member, nested in Bun's; and a way to make the member ready. */
function nested(turn: (set: EpollSet) => void): { poke(): void } {
  const set = new EpollSet(libc, libc.epoll_create1(EPOLL_CLOEXEC), 8);
  const pair = new Int32Array(2);
  libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
  descriptors.push(set.fd, pair[0]!, pair[1]!);
  set.add(pair[0]!, EPOLLIN, 7);
  const bun = nestInBunLoop(libc, set.fd, () => turn(set));
  if (typeof bun === "string") throw new Error(bun);
  return { poke: () => void libc.send(pair[1]!, BYTE, 1, 0) };
}

function drain(set: EpollSet): number {
  const found = set.wait();
  if (found > 0) libc.recv(descriptors[1]!, ptr(Buffer.alloc(8)), 8, 0);
  return found;
}

test.skipIf(!available)("a turn for what is ready, and none for what is not", async () => {
  const found: number[] = [];
  const { poke } = nested((set) => void found.push(drain(set)));
  await Bun.sleep(20);
  expect(found).toEqual([]);
  for (let count = 1; count <= 20; count++) {
    poke();
    await Bun.sleep(1);
    expect(found).toHaveLength(count);
  }
  await Bun.sleep(20);
  expect(found).toEqual(new Array<number>(20).fill(1));
});

test.skipIf(!available)("what is left over gets another turn", async () => {
  let turns = 0;
  const { poke } = nested((set) => {
    if (++turns === 5) drain(set);
  });
  poke();
  await Bun.sleep(30);
  expect(turns).toBe(5);
});
