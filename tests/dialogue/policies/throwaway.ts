/** Policies that no config knows: each shows one part of the contract. */
import type { BodyOutput, BodyTransform } from "../../../src/contract/body-transform.ts";
import type { Exchange } from "../../../src/contract/exchange.ts";
import type { FieldEdits } from "../../../src/contract/field-edits.ts";
import type { RequestHead, ResponseHead } from "../../../src/contract/head.ts";
import type { Policy, PolicyContext, PolicyDefinition } from "../../../src/contract/policy.ts";
import { NEXT, type Step } from "../../../src/contract/step.ts";

const NO_SCHEMA = { parse: (value: unknown): unknown => value };

export function definitionOf(name: string, create: (context: PolicyContext) => Policy): PolicyDefinition {
  return { name, schema: NO_SCHEMA, create: (_options, context) => create(context) };
}

/** Writes down what happens to it. */
export class Diary implements Policy {
  readonly name: string;
  readonly side: Policy["side"];
  readonly #entries: string[];
  readonly #slot: number;

  constructor(name: string, side: Policy["side"], entries: string[], slot: number) {
    this.name = name;
    this.side = side;
    this.#entries = entries;
    this.#slot = slot;
  }

  onRequest(_head: RequestHead, _edits: FieldEdits, exchange: Exchange): Step {
    this.#entries.push(`${this.name} in`);
    (exchange.slots ??= [])[this.#slot] = `${this.name}'s`;
    return NEXT;
  }

  dryRun(): Step {
    this.#entries.push(`${this.name} dry`);
    return NEXT;
  }

  onReply(_head: ResponseHead, _edits: FieldEdits, exchange: Exchange): void {
    this.#entries.push(`${this.name} out, of ${String(exchange.slots?.[this.#slot])}`);
  }

  onFinished(exchange: Exchange): void {
    this.#entries.push(`${this.name} finished, ${exchange.record.ending}`);
  }

  dispose(): void {
    this.#entries.push(`${this.name} disposed`);
  }

  describe(): string {
    return "writes down what happens";
  }
}

export function diary(name: string, side: Policy["side"], entries: string[]): PolicyDefinition {
  return definitionOf(name, ({ slot }) => new Diary(name, side, entries, slot));
}

/** Lets nobody pass before it is told to: who names a key that it was given may, anybody else is refused. */
export class Gate implements Policy {
  readonly name = "gate";
  readonly side = "client";
  readonly asynchronous = true;
  /** What waits, in order: called with the key that is right. */
  static readonly waiting: Array<(key: string) => void> = [];

  async onRequest(head: RequestHead, edits: FieldEdits): Promise<Step> {
    const key = await new Promise<string>((resolve) => Gate.waiting.push(resolve));
    return this.#decide(head, edits, key);
  }

  /** Asks nobody: says what would be decided by a key that nobody has. */
  dryRun(head: RequestHead): Step {
    return head.get("x-key") === undefined ? REFUSED : NEXT;
  }

  /** Head and edits hold behind the wait. */
  #decide(head: RequestHead, edits: FieldEdits, key: string): Step {
    if (head.get("x-key") !== key) return REFUSED;
    edits.addLines(Buffer.from(`X-Path: ${head.path()}\r\n`));
    return NEXT;
  }

  describe(): string {
    return "waits for the right key";
  }
}

const REFUSED: Step = {
  kind: "reply",
  reason: "the key is not the right one",
  reply: { status: 403, fields: [["X-By", "gate"]], body: { kind: "bytes", bytes: Buffer.from("no") } },
};

export const gate: PolicyDefinition = definitionOf("gate", () => new Gate());

/** Upper case, and a word behind the body; `held`: what comes is let go with `release` alone, at most 8 bytes of it. */
export class Shout implements BodyTransform {
  readonly #output: BodyOutput;
  readonly #held: boolean;
  #kept = "";
  #ended = false;
  cancelled = false;

  constructor(output: BodyOutput, held: boolean) {
    this.#output = output;
    this.#held = held;
  }

  get full(): boolean {
    return this.#held && this.#kept.length >= 8;
  }

  write(bytes: Buffer, start: number, end: number): void {
    const text = bytes.latin1Slice(start, end).toUpperCase();
    if (this.#held) this.#kept += text;
    else this.#output.write(Buffer.from(text, "latin1"));
  }

  /** Lets go what was kept. */
  release(): void {
    const text = this.#kept;
    this.#kept = "";
    if (text !== "") this.#output.write(Buffer.from(text, "latin1"));
    if (this.#ended) this.#finish();
    else this.#output.resume();
  }

  end(): void {
    this.#ended = true;
    if (!this.#held) this.#finish();
  }

  fail(): void {
    this.#output.fail("lost its voice");
  }

  onOutputWritable(): void {}

  cancel(): void {
    this.cancelled = true;
  }

  #finish(): void {
    this.#output.write(Buffer.from("!"));
    this.#output.end();
  }
}

/** Changes bodies both ways, on either side. `made`: the transforms, in the order in which they were made. */
export class ShoutPolicy implements Policy {
  readonly name = "shout";
  readonly side: Policy["side"];
  readonly #held: boolean;
  readonly #made: Shout[];

  constructor(side: Policy["side"], held: boolean, made: Shout[]) {
    this.side = side;
    this.#held = held;
    this.#made = made;
  }

  transformRequest(_exchange: Exchange, output: BodyOutput): BodyTransform {
    return this.#make(output);
  }

  transformReply(head: ResponseHead, edits: FieldEdits, _exchange: Exchange, output: BodyOutput): BodyTransform | null {
    if (head.get("x-quiet") !== undefined) return null;
    edits.addLines(Buffer.from("X-Voice: loud\r\n"));
    return this.#make(output);
  }

  #make(output: BodyOutput): Shout {
    const shout = new Shout(output, this.#held);
    this.#made.push(shout);
    return shout;
  }

  describe(): string {
    return "bodies in upper case";
  }
}

export function shout(side: Policy["side"], held: boolean, made: Shout[]): PolicyDefinition {
  return definitionOf("shout", () => new ShoutPolicy(side, held, made));
}
