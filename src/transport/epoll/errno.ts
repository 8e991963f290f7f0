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

export function systemError(message: string, code: string, errno: number, address: string, port: number): SystemError {
  return Object.assign(new Error(message), { code, errno, syscall: "listen", address, port });
}
