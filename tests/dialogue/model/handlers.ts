import { setImmediate } from "node:timers/promises";

import type { Handler } from "../../../src/contract/plan.ts";
import { bodyOf, type Answered } from "./messages.ts";
import type { Ledger } from "./model-peer.ts";

/** A handler's call that has not been answered. */
interface Call {
  readonly tag: string;
  answer(response: Response): void;
  fail(error: Error): void;
}

/** Turns of the event loop in which whatever promises have set going comes to rest. */
const TURNS = 4;

/** The handler of a world: it answers when an event says so, be the client still there or not. */
export class ModelHandlers {
  /** There were calls: what they lead to comes by promises. */
  used = false;
  /** Calls that read their request's body. */
  reading = 0;
  readonly #ledger: Ledger;
  readonly #calls: Call[] = [];
  #answers = 0;
  /** A request's body that a handler read and that was not what its client sent. */
  #wrong = "";

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  readonly handler: Handler = async (request) => {
    this.used = true;
    const tag = new URL(request.url).pathname.split("/").at(-1) ?? "";
    if (request.method !== "GET") {
      this.reading++;
      const body = await request.text().finally(() => this.reading--);
      const asked = this.#ledger.asked.get(tag);
      if (asked?.whole !== true || asked.body !== body) this.#wrong = `${tag}: its handler read ${body.slice(-80)}`;
    }
    return new Promise((resolve, reject) => {
      this.#calls.push({ tag, answer: resolve, fail: reject });
    });
  };

  answer(which: number, length: number): void {
    const call = this.#take(which);
    if (call === undefined) return;
    const id = `h${this.#answers++}`;
    const body = bodyOf(id, length);
    const answered: Answered = { id, tag: call.tag, kind: "length", body, end: 0, endsBy: "length", whole: true };
    this.#ledger.answered.set(id, answered);
    call.answer(new Response(body, { headers: { "x-tag": call.tag, "x-reply": id } }));
  }

  fail(which: number): void {
    this.#take(which)?.fail(new Error("as it was told to"));
  }

  /** False: nobody waits. */
  answerAll(): boolean {
    const waiting = this.#calls.length > 0;
    while (this.#calls.length > 0) this.answer(0, 10);
    return waiting;
  }

  /** Lets promises come to rest. @throws Error when a handler has read what its client did not send. */
  async settle(run: () => void): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      await setImmediate();
      run();
    }
    if (this.#wrong !== "") throw new Error(this.#wrong);
  }

  #take(which: number): Call | undefined {
    return this.#calls.splice(which % Math.max(this.#calls.length, 1), 1)[0];
  }
}
