import { type Exchange, ExchangeMode } from "../contract/exchange.ts";
import type { RequestHead } from "../contract/head.ts";
import type { Action } from "../contract/plan.ts";
import type { Reply } from "../contract/reply.ts";
import type { Stage } from "../contract/stage.ts";
import type { Step } from "../contract/step.ts";
import type { Verdict } from "../contract/verdict.ts";
import { errorMessage } from "../error-message.ts";
import { handlerUrl } from "./handler/handler-request.ts";
import { handlerContext, runHandler } from "./handler/handler.ts";

/** What the edge answers itself: the last stage of routes that are not proxied. */
export class AnswerStage implements Stage {
  readonly #resume: (exchange: Exchange) => void;

  constructor(resume: (exchange: Exchange) => void) {
    this.#resume = resume;
  }

  enter(exchange: Exchange, head: RequestHead): Verdict {
    const action = exchange.route!.action as Exclude<Action, { kind: "proxy" }>;
    const { record } = exchange;
    const awaited = exchange.takeAwaited();
    if (awaited !== null) {
      if (awaited.kind === "reply") {
        record.note = awaited.reply.note ?? "";
        return exchange.answerWith(awaited.reply, action.kind);
      }
      return exchange.refuse("handler-failed", awaited.kind === "fault" ? awaited.fault.detail : "");
    }
    record.source = action.kind;
    switch (action.kind) {
      case "respond":
        return exchange.answerWith(action.reply, "respond");
      case "redirect":
        return exchange.answerWith(action.redirect(head, exchange.params), "redirect");
      case "static": {
        if (exchange.mode === ExchangeMode.plan) return exchange.planned();
        const lasting = exchange.hold(head);
        const request = {
          method: lasting.methodName(),
          path: lasting.path(),
          query: lasting.query(),
          get: (field: string) => lasting.get(field),
        };
        return this.#wait(exchange, action.serve(request), "static");
      }
      case "handler": {
        const url = handlerUrl(exchange, head);
        if (url === null) return exchange.refuse("host-invalid", `${head.authority()} is not a host of a URL`);
        if (exchange.mode === ExchangeMode.plan) return exchange.planned();
        const context = handlerContext(exchange);
        return this.#wait(exchange, runHandler(action.handler, url, exchange.hold(head), exchange, context), "handler");
      }
    }
  }

  #wait(exchange: Exchange, reply: Promise<Reply>, holder: "static" | "handler"): Verdict {
    exchange.heldBy = holder;
    const goOn = (step: Step): void => {
      if (exchange.decide(step)) this.#resume(exchange);
    };
    reply.then(
      (made) => goOn({ kind: "reply", reply: made, reason: "" }),
      (error: unknown) => goOn({ kind: "fault", fault: { code: "handler-failed", detail: errorMessage(error) } }),
    );
    return exchange.wait();
  }
}
