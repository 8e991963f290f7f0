import { constants } from "node:os";

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// Two names for one number: the usual one.
NAMES.set(constants.errno.EAGAIN, "EAGAIN");

/** "ECONNREFUSED" for 111. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

/** What a failed system call is thrown as: the properties that Node and Bun give it. */
export interface SystemError extends Error {
  code: string;
  errno: number;
  syscall: string;
  address: string;
  port: number;
}

export function systemError(syscall: "listen" | "bind", errno: number, host: string, port: number): SystemError {
  // 0: a name that has no address.
  const code = errno === 0 ? "ENOTFOUND" : errnoName(errno);
  return Object.assign(new Error(`Failed to ${syscall} at ${host}: ${code}`), {
    code,
    errno,
    syscall,
    address: host,
    port,
  });
}
