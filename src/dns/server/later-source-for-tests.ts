import { Found, type AnswerSource } from "../authority/answer-source.ts";
import { AnswerWriter } from "../authority/answer-writer.ts";
import { type CompiledAnswer, kindOfCompiled } from "../authority/compiled-answer.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import type { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";

interface Waiting {
  readonly name: Uint8Array;
  readonly transport: DnsClient["transport"];
  readonly done: (answer: CompiledAnswer | null) => void;
}

/** Answers every A with one address, as a resolver does: the first time later, when the test says so, and then at once. */
export class LaterSource implements AnswerSource {
  extendedError = 0;
  subnetScope = -1;
  answer: CompiledAnswer | null = null;
  readonly zone = null;
  readonly apexLabel = 0;
  readonly waiting: Waiting[] = [];
  readonly #known = new Map<string, CompiledAnswer>();

  find(query: DnsQuery): number {
    if (query.type !== RecordType.A) return Found.NOT_MINE;
    this.answer = this.#known.get(keyOf(query)) ?? null;
    return this.answer === null ? Found.LATER : Found.ANSWER;
  }

  kind(): number {
    return kindOfCompiled(this.answer!);
  }

  answerLater(query: DnsQuery, { transport }: DnsClient, done: (answer: CompiledAnswer | null) => void): void {
    this.waiting.push({ name: query.name.slice(0, query.nameLength), transport, done });
  }

  /** The one that has waited longest is answered; without `address` it cannot be. */
  give(address?: readonly number[]): void {
    const { name, done } = this.waiting.shift()!;
    if (address === undefined) {
      done(null);
      return;
    }
    const writer = new AnswerWriter(name, true);
    writer.authoritative = false;
    writer.record("answer", null, RecordType.A, 60, Uint8Array.from(address));
    const answer = writer.finish();
    this.#known.set(Buffer.from(name).latin1Slice(), answer);
    done(answer);
  }
}

function keyOf({ name, nameLength }: DnsQuery): string {
  return Buffer.from(name.subarray(0, nameLength)).latin1Slice();
}
