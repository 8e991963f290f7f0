import { formatName } from "../wire/name.ts";
import type { DnsQuery } from "../wire/query.ts";
import { RecordClass, RecordType } from "../wire/record-type.ts";
import { CompiledAnswer } from "./compiled-answer.ts";

/** What a server says of itself in class CHAOS (RFC 4892), 255 bytes of text at most. */
export interface ChaosNames {
  /** For `version.bind` and `version.server`. */
  readonly version?: string;
  /** For `id.server` and `hostname.bind`. */
  readonly id?: string;
}

/** The answer to a query in class CHAOS; null: refused. */
export function chaosAnswer(names: ChaosNames, query: DnsQuery): CompiledAnswer | null {
  const text = textOf(names, formatName(query.name));
  if (text === undefined || (query.type !== RecordType.TXT && query.type !== RecordType.ANY)) return null;
  const bytes = Buffer.from(text).subarray(0, 255);
  const head = [0xc0, 12, 0, RecordType.TXT, 0, RecordClass.CH, 0, 0, 0, 0, (bytes.length + 1) >> 8, bytes.length + 1];
  const body = Uint8Array.from([...head, bytes.length, ...bytes]);
  return new CompiledAnswer({
    body,
    responseCode: 0,
    authoritative: true,
    answers: 1,
    authority: 0,
    additional: 0,
    additionalStart: body.length,
    needsAdditional: false,
    suffixPointers: new Uint16Array(0),
    bodyPointers: new Uint16Array(0),
    chain: null,
  });
}

function textOf(names: ChaosNames, name: string): string | undefined {
  switch (name) {
    case "version.bind.":
    case "version.server.":
      return names.version;
    case "id.server.":
    case "hostname.bind.":
      return names.id;
    default:
      return undefined;
  }
}
