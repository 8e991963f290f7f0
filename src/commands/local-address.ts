import { networkInterfaces } from "node:os";

/** The address is one of this machine's own: what is sent there leaves it for nobody else. */
export function isLocalAddress(address: string): boolean {
  if (address === "::1" || address.startsWith("127.")) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === address) ?? false);
}
