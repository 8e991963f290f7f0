import { dlopen, toArrayBuffer, type FFIFunction, type Pointer } from "bun:ffi";
import { errorMessage } from "../error-message.ts";

/**
 * The one place where the C library is called: a call costs some 7 ns beside the kernel's own work. Numbers are those of Linux on x86-64 and arm64, which are the same but for `struct epoll_event`.
 */

const SYMBOLS = {
  __errno_location: { args: [], returns: "ptr" },
  accept4: { args: ["i32", "buffer", "buffer", "i32"], returns: "i32" },
  bind: { args: ["i32", "buffer", "u32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  connect: { args: ["i32", "buffer", "u32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "buffer"], returns: "i32" },
  epoll_wait: { args: ["i32", "buffer", "i32", "i32"], returns: "i32" },
  execv: { args: ["buffer", "buffer"], returns: "i32" },
  freeaddrinfo: { args: ["ptr"], returns: "void" },
  getaddrinfo: { args: ["buffer", "ptr", "buffer", "buffer"], returns: "i32" },
  getrlimit: { args: ["i32", "buffer"], returns: "i32" },
  getsockname: { args: ["i32", "buffer", "buffer"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "buffer", "buffer"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64_fast", "i32"], returns: "i64_fast" },
  recvmmsg: { args: ["i32", "buffer", "u32", "i32", "ptr"], returns: "i32" },
  sendmmsg: { args: ["i32", "buffer", "u32", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64_fast", "i32"], returns: "i64_fast" },
  setenv: { args: ["buffer", "buffer", "i32"], returns: "i32" },
  setrlimit: { args: ["i32", "buffer"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "buffer", "u32"], returns: "i32" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  socketpair: { args: ["i32", "i32", "i32", "buffer"], returns: "i32" },
};

/** Memory that a call reads or fills. */
type Memory = NodeJS.TypedArray<ArrayBuffer>;

/** The calls, as their manual pages have them; negative answers are failures. Addresses of memory are numbers. */
export interface Libc {
  /** Why the last call failed: to be read before the next one. */
  readonly errno: Int32Array;
  accept4(fd: number, address: Memory, size: Memory, flags: number): number;
  bind(fd: number, address: Memory, size: number): number;
  close(fd: number): number;
  connect(fd: number, address: Memory, size: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(set: number, operation: number, fd: number, event: Memory): number;
  epoll_wait(set: number, events: Memory, most: number, timeout: number): number;
  execv(path: Memory, words: Memory): number;
  freeaddrinfo(list: number): void;
  getaddrinfo(name: Memory, service: null, hints: Memory, list: Memory): number;
  getrlimit(resource: number, limits: Memory): number;
  getsockname(fd: number, address: Memory, size: Memory): number;
  getsockopt(fd: number, level: number, option: number, value: Memory, size: Memory): number;
  listen(fd: number, backlog: number): number;
  recv(fd: number, at: number, size: number, flags: number): number;
  recvmmsg(fd: number, messages: Memory, most: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: Memory, count: number, flags: number): number;
  send(fd: number, at: number, size: number, flags: number): number;
  setenv(name: Memory, value: Memory, overwrite: number): number;
  setrlimit(resource: number, limits: Memory): number;
  setsockopt(fd: number, level: number, option: number, value: Memory, size: number): number;
  shutdown(fd: number, how: number): number;
  socket(family: number, type: number, protocol: number): number;
  socketpair(family: number, type: number, protocol: number, pair: Memory): number;
}

/** glibc, then musl by its names. */
const NAMES = [
  "libc.so.6",
  process.arch === "arm64" ? "libc.musl-aarch64.so.1" : "libc.musl-x86_64.so.1",
  "libc.so",
] as const;

let opened: Libc | string | null = null;

/** The calls, the same at every call of this; or why there are none, in words. */
export function openLibc(): Libc | string {
  opened ??= open();
  return opened;
}

function open(): Libc | string {
  if (process.platform !== "linux") return `the calls are those of Linux, and this is ${process.platform}`;
  if (process.arch !== "x64" && process.arch !== "arm64") return `the processor is ${process.arch}, not x64 or arm64`;
  let reason = "";
  for (const name of NAMES) {
    try {
      // Bun's types leave out the fast 64-bit ones, which come as numbers.
      const { symbols } = dlopen(name, SYMBOLS as unknown as Record<string, FFIFunction>);
      // `errno` has one place per thread, and JavaScript stays on its thread.
      const calls = symbols as unknown as Omit<Libc, "errno"> & { __errno_location(): Pointer };
      const errno = new Int32Array(toArrayBuffer(calls.__errno_location(), 0, 4));
      return { ...calls, errno };
    } catch (error) {
      reason ||= errorMessage(error);
    }
  }
  return `the C library cannot be opened: ${reason}`;
}

export const RLIMIT_NOFILE = 7;

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;
/** With SOCK_CLOEXEC. */
export const SOCK_NONBLOCK = 0o2_004_000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IP_RECVERR = 11;
export const IPPROTO_IPV6 = 41;
export const IPV6_RECVERR = 25;
export const IPV6_RECVPKTINFO = 49;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;

export const SHUT_WR = 1;
export const MSG_NOSIGNAL = 0x4000;
/** On a TCP socket `recv` throws away what it reads (tcp(7)); of a datagram it says that there was more of it (recvmsg(2)). */
export const MSG_TRUNC = 0x20;

export const EPOLL_CLOEXEC = 0o2_000_000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;

export const EPOLLIN = 0x1;
export const EPOLLPRI = 0x2;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLET = 0x8000_0000;

export const EINTR = 4;
export const EAGAIN = 11;
export const ECONNABORTED = 103;
export const EINPROGRESS = 115;
