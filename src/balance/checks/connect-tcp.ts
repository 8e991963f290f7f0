import { connect, isIP, type Socket } from "node:net";
import { ConnectionRace, type Racer } from "../../transport/connection-race.ts";
import { hasRoomToConnect } from "../../transport/descriptors.ts";
import { type Names, systemNames } from "../../transport/names.ts";
import { bunConnectReason, isShortage } from "../../transport/shortage.ts";
import { CheckFailure, type LayerFinding, type ProbeRun } from "./probe-run.ts";
import { codeOf, errorWords } from "./words.ts";

/** This machine could not even try, for want of descriptors, memory or ports: nothing is known of the target by it. */
export class CheckImpossible extends Error {}

/**
 * A connection to the target; its socket is paused until somebody listens to its data. A host name is connected to as
 * traffic does it: the first of its addresses that answers.
 */
export function connectTcp(
  run: ProbeRun,
  host: string,
  port: number,
  names: Names = systemNames,
): Promise<LayerFinding<Socket>> {
  return new Promise((resolve, reject) => {
    if (!hasRoomToConnect()) {
      reject(failure("EMFILE"));
      return;
    }
    if (isIP(host) !== 0) {
      connectTo(run, host, port, {
        connected: (socket) => resolve({ value: socket, detail: "connected" }),
        failed: (reason) => reject(failure(reason)),
      });
      return;
    }
    names.resolve(host, (addresses, reason) => {
      if (addresses.length === 0) {
        reject(failure(reason));
        return;
      }
      const racer = new CheckRacer(run, port, {
        connected(socket, address, others) {
          names.answered(host, address);
          resolve({ value: socket, detail: `connected to ${address}${others === "" ? "" : `, before ${others}`}` });
        },
        failed(reason) {
          names.forget(host);
          reject(failure(reason));
        },
      });
      try {
        racer.start(addresses);
      } catch (error) {
        reject(error instanceof Error ? error : new CheckFailure(String(error)));
      }
    });
  });
}

/** `reason`: a code of the system's, or words. */
function failure(reason: string): Error {
  const words = errorWords(Object.assign(new Error(reason), { code: reason }));
  return isShortage(reason) ? new CheckImpossible(words) : new CheckFailure(words);
}

interface Outcome {
  connected(socket: Socket, address: string, others: string): void;
  failed(reason: string): void;
}

/** Connects for a check to whichever of several addresses answers first. */
class CheckRacer implements Racer<Socket> {
  readonly #run: ProbeRun;
  readonly #port: number;
  readonly #outcome: Outcome;
  #race: ConnectionRace<Socket> | null = null;

  constructor(run: ProbeRun, port: number, outcome: Outcome) {
    this.#run = run;
    this.#port = port;
    this.#outcome = outcome;
  }

  start(addresses: readonly string[]): void {
    const race = new ConnectionRace(addresses, this);
    this.#race = race;
    // The check's time limit ends the race with everything else.
    this.#run.own({ on() {}, destroy: () => race.cancel() });
  }

  begin(address: string): Socket {
    const socket = connectTo(this.#run, address, this.#port, {
      connected: () => {
        const { others } = this.#race!.won(socket);
        this.#outcome.connected(socket, address, others);
      },
      failed: (reason) => this.#race!.failed(socket, reason),
    });
    return socket;
  }

  giveUp(socket: Socket): void {
    socket.destroy();
  }

  onLost(reason: string): void {
    this.#outcome.failed(reason);
  }
}

interface Connecting {
  readonly connected: (socket: Socket) => void;
  readonly failed: (reason: string) => void;
}

function connectTo(run: ProbeRun, address: string, port: number, { connected, failed }: Connecting): Socket {
  const socket = run.own(connect({ host: address, port, noDelay: true }));
  let told = false;
  const fail = (reason: string): void => {
    if (told) return;
    told = true;
    failed(reason);
  };
  socket.once("connect", () => {
    told = true;
    connected(socket);
  });
  socket.once("error", (error) => fail(bunConnectReason(codeOf(error) || errorWords(error), address)));
  socket.once("close", () => fail("connection closed"));
  return socket;
}
