import type { Output } from "../bytes/input-output.ts";
import type { ClosedBy } from "../contract/ending.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { Fault } from "../contract/fault.ts";
import type { PathHooks } from "../contract/path-hooks.ts";

/** So often a tunnel is looked at, as a part of the time that it may be idle: that is as late as it ends. */
const PART = 1 / 8;
/** The same of one that is half closed, milliseconds: it has to end sooner as soon as the edge or its target drains. */
const OFTEN = 1_000;

/** Watches for how long nothing has passed through a tunnel: when it was last looked at, and not when a byte passes. */
export class TunnelWatch {
  readonly #exchange: Exchange;
  readonly #output: Output;
  readonly #hooks: PathHooks;
  #moved = -1;
  #closedBy: ClosedBy | "" = "";
  /** When a byte or FIN last passed, as far as is known, wheel milliseconds. */
  #since = 0;

  /** `output`: what the client has not taken yet has not passed. */
  constructor(exchange: Exchange, output: Output, hooks: PathHooks) {
    this.#exchange = exchange;
    this.#output = output;
    this.#hooks = hooks;
  }

  /** `now`: wheel milliseconds. Answers when to look again, milliseconds, or the fault that it has been too long. */
  look(now: number): number | Fault {
    const { requestBytes, replyBytes, closedBy } = this.#exchange.record;
    const moved = requestBytes + replyBytes - this.#output.queued;
    if (moved !== this.#moved || closedBy !== this.#closedBy) {
      this.#moved = moved;
      this.#closedBy = closedBy;
      this.#since = now;
    }
    const timer = this.#timer(closedBy);
    const left = timer.limit - (now - this.#since);
    if (left > 0) return Math.min(left, closedBy === "" ? timer.limit * PART : OFTEN);
    return { code: "tunnel-idle-timeout", detail: `${timer.why}${timer.name} = ${timer.limit} ms` };
  }

  #timer(closedBy: ClosedBy | ""): { name: string; limit: number; why: string } {
    const { plan, route, target } = this.#exchange;
    const { tunnel, tunnelHalfClose } = (route ?? plan).timeouts;
    if (closedBy === "") return { name: "timeouts.tunnel", limit: tunnel, why: "" };
    const why = `the ${closedBy} had closed its direction`;
    const { halfClose } = plan.timeouts;
    // 0 means no limit.
    const isShorter = halfClose > 0 && halfClose < tunnelHalfClose;
    if (isShorter && (this.#hooks.draining || target?.draining === true))
      return { name: "timeouts.halfClose", limit: halfClose, why: `${why}, while draining: ` };
    return { name: "timeouts.tunnelHalfClose", limit: tunnelHalfClose, why: `${why}: ` };
  }
}
