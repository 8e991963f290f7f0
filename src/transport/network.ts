import type { Network } from "../contract/transport.ts";
import { bunNetwork } from "./bun-transport.ts";
import { epollNetwork } from "./epoll/epoll-network.ts";
import { say } from "./handler-failure.ts";

/**
 * The way to the network: our own system calls where they can be had (Linux), else Bun's sockets. `ROUNDTRIP_NETWORK`
 * asks for one of them: "bun", or "epoll", which is then missed on standard error where it cannot be had.
 */
export function systemNetwork(): Network {
  const wanted = process.env["ROUNDTRIP_NETWORK"] ?? "";
  if (wanted === "bun") return bunNetwork;
  const network = epollNetwork();
  if (wanted !== "" && wanted !== "epoll") {
    say(`ROUNDTRIP_NETWORK=${wanted} is not known ("bun" and "epoll" are): it is as if it were not set`);
  }
  if (typeof network !== "string") return network;
  if (wanted === "epoll") say(`ROUNDTRIP_NETWORK=epoll is not available, "bun" is used: ${network}`);
  return bunNetwork;
}
