import { connect, type Socket } from "node:net";
import { CheckFailure, type LayerFinding, type ProbeRun } from "./probe-run.ts";

/** A connection to the target; its socket is paused until somebody listens to its data. */
export function connectTcp(run: ProbeRun, host: string, port: number): Promise<LayerFinding<Socket>> {
  return new Promise((resolve, reject) => {
    const socket = run.own(connect({ host, port, noDelay: true }));
    socket.once("connect", () => resolve({ value: socket, detail: "connected" }));
    socket.once("error", reject);
    socket.once("close", () => reject(new CheckFailure("connection closed")));
  });
}
