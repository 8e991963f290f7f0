import type { Dialer, DialHandler, Dialing, Transport } from "../contract/transport.ts";
import { ConnectionRace, type After, type Racer } from "./connection-race.ts";
import { reportHandlerFailure } from "./handler-failure.ts";
import type { Names } from "./names.ts";

const NOTHING = Buffer.alloc(0);

/** Dials one of a name's addresses. It has the connection until it is known that it is the first. */
class Contender implements DialHandler {
  readonly #dial: NameDial;
  readonly dialing: Dialing;

  constructor(dial: NameDial, dialer: Dialer, address: string, port: number) {
    this.#dial = dial;
    this.dialing = dialer.dial(address, port, this);
  }

  onConnect(transport: Transport): void {
    this.#dial.connected(this, transport);
  }

  onConnectError(reason: string): void {
    this.#dial.failed(this, reason);
  }

  // The connection is handed over as soon as it stands.
  onData(): void {}
  onWritable(): void {}
  onEnd(): void {}
  onClose(): void {}
}

/** Connects to a host by its name: to whichever of its addresses answers first. */
export class NameDial implements Dialing, Racer<Contender> {
  outcome = "";
  readonly #dialer: Dialer;
  readonly #names: Names;
  readonly #name: string;
  readonly #port: number;
  readonly #handler: DialHandler;
  #race: ConnectionRace<Contender> | null = null;
  #over = false;

  /** `dialer` connects to addresses. */
  constructor(dialer: Dialer, names: Names, name: string, port: number, handler: DialHandler, after?: After) {
    this.#dialer = dialer;
    this.#names = names;
    this.#name = name;
    this.#port = port;
    this.#handler = handler;
    names.resolve(name, (addresses, reason) => {
      if (this.#over) return;
      if (addresses.length === 0) this.#fail(reason);
      else this.#race = new ConnectionRace(addresses, this, after);
    });
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#race === null) {
      this.outcome = "no addresses came";
      return;
    }
    this.outcome = `tried ${this.#race.tried()}`;
    this.#race.cancel();
  }

  // ---- from the contenders

  connected(contender: Contender, transport: Transport): void {
    this.#over = true;
    const { address, others } = this.#race!.won(contender);
    this.#names.answered(this.#name, address);
    this.outcome = others === "" ? address : `${address}, before ${others}`;
    transport.handOver(this.#handler, NOTHING, 0, 0);
    this.#handler.onConnect(transport);
  }

  failed(contender: Contender, reason: string): void {
    this.#race!.failed(contender, reason);
  }

  // ---- Racer

  begin(address: string): Contender {
    return new Contender(this, this.#dialer, address, this.#port);
  }

  giveUp(contender: Contender): void {
    contender.dialing.cancel();
  }

  onLost(reason: string): void {
    this.outcome = `tried ${this.#race!.tried()}`;
    this.#names.forget(this.#name);
    this.#fail(reason);
  }

  #fail(reason: string): void {
    this.#over = true;
    try {
      this.#handler.onConnectError(reason);
    } catch (error) {
      reportHandlerFailure(error);
    }
  }
}
