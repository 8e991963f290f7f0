import { ResponseCode } from "../wire/record-type.ts";
import { AnswerKind } from "./response-rate-limiter.ts";

/** The names that the CNAMEs of an answer lead to, in lower case. */
export interface Chain {
  readonly targets: readonly Uint8Array[];
  /** The `version` of the set of zones for which the answer is known to be whole as it is. */
  settled: number;
}

/**
 * An answer made once and copied from then on: all that follows the question, with its compression pointers. For a name
 * that is known the pointers are final; where only the end of the query name is known (a referral, a wildcard, an answer
 * that says no) they are completed when the answer is sent.
 */
export class CompiledAnswer {
  readonly body: Uint8Array;
  readonly responseCode: number;
  readonly authoritative: boolean;
  /** Records in each section. */
  readonly answers: number;
  readonly authority: number;
  readonly additional: number;
  /** Where the additional section begins in the body: it may be left out when the answer does not fit (RFC 2181 §9). */
  readonly additionalStart: number;
  /** The additional section is glue, without which a referral is of no use (RFC 9471): rather TC than without it. */
  readonly needsAdditional: boolean;
  /** Offsets of pointers that hold the length of the query name's suffix that they mean. */
  readonly suffixPointers: Uint16Array;
  /** Offsets of pointers that hold an offset in the body. */
  readonly bodyPointers: Uint16Array;
  /** Null: it follows no CNAME. */
  readonly chain: Chain | null;

  constructor(parts: {
    readonly body: Uint8Array;
    readonly responseCode: number;
    readonly authoritative: boolean;
    readonly answers: number;
    readonly authority: number;
    readonly additional: number;
    readonly additionalStart: number;
    readonly needsAdditional: boolean;
    readonly suffixPointers: Uint16Array;
    readonly bodyPointers: Uint16Array;
    readonly chain: Chain | null;
  }) {
    this.body = parts.body;
    this.responseCode = parts.responseCode;
    this.authoritative = parts.authoritative;
    this.answers = parts.answers;
    this.authority = parts.authority;
    this.additional = parts.additional;
    this.additionalStart = parts.additionalStart;
    this.needsAdditional = parts.needsAdditional;
    this.suffixPointers = parts.suffixPointers;
    this.bodyPointers = parts.bodyPointers;
    this.chain = parts.chain;
  }
}

/** One of `AnswerKind`, as far as the answer alone tells. */
export function kindOfCompiled(answer: CompiledAnswer): number {
  if (answer.responseCode === ResponseCode.NXDOMAIN) return AnswerKind.NO_SUCH_NAME;
  if (!answer.authoritative) return AnswerKind.REFERRAL;
  return answer.answers === 0 ? AnswerKind.NO_SUCH_TYPE : AnswerKind.POSITIVE;
}
