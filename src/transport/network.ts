import type { Network } from "../contract/transport.ts";
import { bunNetwork } from "./bun-transport.ts";
import { epollNetwork } from "./epoll/epoll-network.ts";
import { say } from "./handler-failure.ts";

/**
 * The way to the network that `ROUNDTRIP_NETWORK` asks for: "bun" (the default, on every platform) or "epoll". Where
 * epoll can not be had, that is said on standard error, and Bun's takes its place.
 */
export function systemNetwork(): Network {
  const wanted = process.env["ROUNDTRIP_NETWORK"] ?? "";
  if (wanted === "" || wanted === "bun") return bunNetwork;
  if (wanted !== "epoll") {
    say(`ROUNDTRIP_NETWORK=${wanted} is not known: "bun" is used ("bun" and "epoll" are known)`);
    return bunNetwork;
  }
  const network = epollNetwork();
  if (typeof network !== "string") return network;
  say(`ROUNDTRIP_NETWORK=epoll is not available, "bun" is used: ${network}`);
  return bunNetwork;
}
