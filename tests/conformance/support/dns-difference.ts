/** What two servers' answers to one question differ in. Order, compression and the id do not count. */
import { type DnsMessage, type DnsRecord, readMessage } from "../../../src/dns/wire/message.ts";
import { formatName } from "../../../src/dns/wire/name.ts";
import { formatRdata } from "../../../src/dns/wire/rdata-text.ts";
import { Flag, RecordType, responseCodeName, typeName } from "../../../src/dns/wire/record-type.ts";

/** An answer as sets of lines. */
export interface Answer {
  readonly message: DnsMessage;
  readonly code: string;
  readonly question: string;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  /** "" without EDNS. */
  readonly edns: string;
}

export type FlagName = keyof typeof Flag;
export type Section = "code" | "question" | "answer" | "authority" | "additional" | "edns";
/** A section, the response code, or one flag. */
export type Part = Section | FlagName;

const SECTIONS: readonly Section[] = ["code", "question", "answer", "authority", "additional", "edns"];
const FLAGS = Object.keys(Flag) as FlagName[];

/** `owner TTL type data`, names in lower case; a type's data that is not a name keeps its letters. */
function line({ name, type, ttl, data }: DnsRecord): string {
  const text = formatRdata(type, data);
  const words =
    type === RecordType.TXT || type === RecordType.RRSIG || type === RecordType.DNSKEY ? text : text.toLowerCase();
  return `${formatName(name).toLowerCase()} ${ttl} ${typeName(type)} ${words}`;
}

function lines(records: readonly DnsRecord[]): string[] {
  return records.map(line).toSorted();
}

export function readAnswer(bytes: Uint8Array): Answer {
  const message = readMessage(bytes);
  const opt = message.additional.find(({ type }) => type === RecordType.OPT);
  const extended = opt === undefined ? 0 : Math.floor(opt.ttl / 0x1000000) << 4;
  return {
    message,
    code: responseCodeName((message.flags & 15) | extended),
    question: message.questions.map(({ name, type, class: kind }) => `${formatName(name)} ${type} ${kind}`).join(),
    answer: lines(message.answers),
    authority: lines(message.authority),
    additional: lines(message.additional.filter((record) => record !== opt)),
    edns:
      opt === undefined
        ? ""
        : `version ${(opt.ttl >>> 16) & 0xff}${(opt.ttl & 0x8000) === 0 ? "" : " DO"} ${opt.class}`,
  };
}

export function hasFlag(answer: Answer, flag: FlagName): boolean {
  return (answer.message.flags & Flag[flag]) !== 0;
}

export function differingParts(ours: Answer, theirs: Answer): Part[] {
  const sections = SECTIONS.filter((part) => String(ours[part]) !== String(theirs[part]));
  const flags = FLAGS.filter((flag) => hasFlag(ours, flag) !== hasFlag(theirs, flag));
  return [...flags, ...sections];
}

/** For people: the parts, ours with <, theirs with >. */
export function describeDifference(parts: readonly Part[], ours: Answer, theirs: Answer): string {
  return parts
    .flatMap((part) => [`  ${part}`, ...shown("<", valueOf(ours, part)), ...shown(">", valueOf(theirs, part))])
    .join("\n");
}

function valueOf(answer: Answer, part: Part): string | readonly string[] {
  return part in Flag ? String(hasFlag(answer, part as FlagName)) : answer[part as Section];
}

function shown(mark: string, value: string | readonly string[]): string[] {
  return (typeof value === "string" ? [value] : value).slice(0, 12).map((text) => `    ${mark} ${text}`);
}
