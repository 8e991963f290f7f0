/** Options of a UDP socket that Bun has no method for, set by FFI where the platform is Linux; elsewhere left alone. */
import { dlopen, ptr } from "bun:ffi";

const SOL_IP = 0;
const IP_RECVERR = 11;
const SOL_IPV6 = 41;
const IPV6_RECVERR = 25;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;

const LIBC = ["libc.so.6", "libc.so"];

type SetOption = (descriptor: number, level: number, option: number, value: number) => boolean;

/**
 * Turns off the delivery of ICMP errors as errors of the socket: Bun arms it, and then one client's closed port makes the
 * next `send`, to whomever, fail. Also asks for buffers that hold a burst. Answers whether errors are off now.
 */
export function prepareUdpSocket(descriptor: number, ipv6: boolean, bufferBytes: number): boolean {
  const setOption = loadSetOption();
  if (setOption === null) return false;
  // Whoever may not go beyond net.core.rmem_max and wmem_max gets as much as they allow.
  if (!setOption(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, bufferBytes)) {
    setOption(descriptor, SOL_SOCKET, SO_RCVBUF, bufferBytes);
  }
  if (!setOption(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, bufferBytes)) {
    setOption(descriptor, SOL_SOCKET, SO_SNDBUF, bufferBytes);
  }
  const off = setOption(descriptor, SOL_IP, IP_RECVERR, 0);
  return ipv6 ? setOption(descriptor, SOL_IPV6, IPV6_RECVERR, 0) : off;
}

let loaded: SetOption | null | undefined;

function loadSetOption(): SetOption | null {
  if (loaded === undefined) loaded = process.platform === "linux" ? openLibrary() : null;
  return loaded;
}

function openLibrary(): SetOption | null {
  for (const name of LIBC) {
    try {
      const { symbols } = dlopen(name, { setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } });
      const cell = new Int32Array(1);
      return (descriptor, level, option, value) => {
        cell[0] = value;
        return symbols.setsockopt(descriptor, level, option, ptr(cell), cell.byteLength) === 0;
      };
    } catch {
      // Another C library: the next name.
    }
  }
  return null;
}
