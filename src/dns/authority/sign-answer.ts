import type { SignedSet } from "../dnssec/signature.ts";
import { lowerName } from "../wire/name.ts";
import type { DnsRecord } from "../wire/message.ts";
import { RecordType, ResponseCode } from "../wire/record-type.ts";
import { AnswerWriter, type Section } from "./answer-writer.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import { expandAnswer } from "./expand-answer.ts";
import type { Asked } from "./zone-security.ts";

/**
 * An answer again, with signatures behind its RRsets. All of them are to be the zone's own. `deny` is asked for a proof
 * when the answer is that there is nothing.
 */
export function signAnswer(
  answer: CompiledAnswer,
  { name, type }: Asked,
  signaturesOf: (set: SignedSet) => Uint8Array[],
  deny: (writer: AnswerWriter) => void,
): CompiledAnswer {
  const { answers, authority, additional } = expandAnswer(answer, name, type);
  const writer = new AnswerWriter(name, true);
  writer.responseCode = answer.responseCode;
  writer.authoritative = answer.authoritative;
  writer.needsAdditional = answer.needsAdditional;
  const write = (section: Section, records: readonly DnsRecord[], isSigned: boolean): void => {
    for (const set of setsOf(records)) {
      for (const record of set.records) writer.record(section, set.owner, set.type, set.ttl, record);
      if (!isSigned) continue;
      for (const made of signaturesOf(set)) writer.record(section, set.owner, RecordType.RRSIG, set.ttl, made);
    }
  };
  write("answer", answers, true);
  write("authority", authority, true);
  if (answers.length === 0 && answer.responseCode === ResponseCode.NOERROR) deny(writer);
  // RFC 4035 §3.1.1: signatures of additional records may be left out.
  write("additional", additional, false);
  return writer.finish();
}

/** Records that follow each other with the same owner and type, as RRsets. */
function setsOf(records: readonly DnsRecord[]): SignedSet[] {
  const sets: Array<SignedSet & { readonly records: Uint8Array[] }> = [];
  for (const { name, type, ttl, data } of records) {
    const owner = lowerName(name);
    const last = sets.at(-1);
    if (last !== undefined && last.type === type && Buffer.compare(last.owner, owner) === 0) last.records.push(data);
    else sets.push({ owner, type, ttl, records: [data] });
  }
  return sets;
}
