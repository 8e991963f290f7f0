import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { FdSocketOptions, Socket, UnixSocketOptions } from "bun";

import { EpollSet } from "./epoll-events.ts";
import { AF_UNIX, EPOLLIN, SOCK_NONBLOCK, SOCK_SEQPACKET, type Libc } from "../libc.ts";
import { Packets } from "./packets.ts";

/**
 * Puts our epoll set into Bun's, so that one thread serves both and Bun sleeps for both.
 *
 * Bun stays the master: it waits in its own `epoll_wait`, and an epoll set can be a member of another (epoll(7)). What
 * Bun does with an event depends on the pointer that it registered as the event's data, so we borrow one: a socket of
 * Bun's, one end of a pair, is taken out of its set, and our set is put in with that socket's pointer. When something
 * is ready in ours, Bun reads that socket, finds a packet that always waits there, and calls its `data` callback: our
 * turn. No timer, no idle wake-up, and Bun's own timers and sockets in between.
 *
 * Nothing of it is documented by Bun, so every step is checked, and the caller has another way when one fails.
 */

export interface BunLoop {
  /** While held, the process stays alive. */
  hold(): void;
  release(): void;
}

/** Calls `turn` whenever something is ready in `set`, from Bun's event loop. Answers why it can not be, in words. */
export function nestInBunLoop(libc: Libc, set: number, turn: () => void): BunLoop | string {
  const pair = new Int32Array(2);
  if (libc.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) !== 0) return "there is no pair of sockets";
  const bunEnd = pair[0]!;
  const ourEnd = pair[1]!;
  const packets = new Packets(libc, ourEnd);

  let socket: Socket | null = null;
  const options: FdSocketOptions = {
    fd: bunEnd,
    socket: {
      open(opened) {
        socket = opened;
      },
      data() {
        packets.take();
        turn();
      },
    },
  };
  // Bun's types know the options but no `connect` that takes them.
  void Bun.connect(options as unknown as UnixSocketOptions).catch(() => {});

  // `open` was called by now: TypeScript does not see that.
  const opened = socket as Socket | null;
  const member = opened === null ? null : findMember(bunEnd);
  if (opened === null || member === null) {
    opened?.terminate();
    libc.close(ourEnd);
    return "Bun's own epoll set was not found in /proc/self/fdinfo";
  }
  const bunSet = new EpollSet(libc, member.set, 1);
  const moved = bunSet.addForeign(set, EPOLLIN, member.data) === 0 && bunSet.remove(bunEnd) === 0;
  if (!moved || findMember(set)?.data !== member.data) {
    opened.terminate();
    libc.close(ourEnd);
    return "Bun's epoll set does not take ours";
  }
  opened.unref();
  return { hold: () => opened.ref(), release: () => opened.unref() };
}

interface Member {
  /** The epoll set that it is in. */
  readonly set: number;
  readonly data: bigint;
}

/** The epoll set of this process with that member (proc_pid_fdinfo(5)), and the data that it is registered with. */
function findMember(fd: number): Member | null {
  const line = new RegExp(`^tfd:\\s+${fd} events:\\s+[0-9a-f]+ data:\\s+([0-9a-f]+)`, "m");
  try {
    for (const name of readdirSync("/proc/self/fd")) {
      if (!isEpollSet(name)) continue;
      const found = line.exec(readFileSync(`/proc/self/fdinfo/${name}`, "latin1"));
      if (found !== null) return { set: Number(name), data: BigInt(`0x${found[1]!}`) };
    }
  } catch {
    // No /proc.
  }
  return null;
}

function isEpollSet(name: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${name}`) === "anon_inode:[eventpoll]";
  } catch {
    // The descriptor that listed the folder is closed by now.
    return false;
  }
}
