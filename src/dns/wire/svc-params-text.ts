import { formatIpv6 } from "./ipv6-text.ts";
import { SvcParam, svcParamName } from "./svc-params.ts";

/** Well-formed service parameters in wire form as text (RFC 9460 §2.1); values of unknown keys are escaped strings. */
export function formatSvcParams(data: Uint8Array, start: number, end: number): string {
  const words: string[] = [];
  for (let at = start; at < end;) {
    const key = (data[at]! << 8) | data[at + 1]!;
    const value = at + 4;
    const next = value + ((data[at + 2]! << 8) | data[at + 3]!);
    const text = formatValue(key, data, value, next);
    words.push(text === "" ? svcParamName(key) : `${svcParamName(key)}=${text}`);
    at = next;
  }
  return words.join(" ");
}

function formatValue(key: number, data: Uint8Array, start: number, end: number): string {
  switch (key) {
    case SvcParam.mandatory:
      return pieces(start, end, 2, (at) => svcParamName((data[at]! << 8) | data[at + 1]!));
    case SvcParam.alpn: {
      const items: string[] = [];
      for (let at = start; at < end; at += data[at]! + 1) {
        items.push(escapeText(data, at + 1, at + 1 + data[at]!, true));
      }
      return items.join(",");
    }
    case SvcParam.port:
      return String((data[start]! << 8) | data[start + 1]!);
    case SvcParam.ipv4hint:
      return pieces(start, end, 4, (at) => data.subarray(at, at + 4).join("."));
    case SvcParam.ipv6hint:
      return pieces(start, end, 16, (at) => formatIpv6(data, at));
    case SvcParam.ech:
      return Buffer.from(data.subarray(start, end)).toString("base64");
    default:
      return escapeText(data, start, end, false);
  }
}

function pieces(start: number, end: number, size: number, format: (at: number) => string): string {
  const items: string[] = [];
  for (let at = start; at < end; at += size) items.push(format(at));
  return items.join(",");
}

/** `inList`: a comma or backslash of the value is escaped for the list and once more for the string (appendix A.1). */
function escapeText(data: Uint8Array, start: number, end: number, inList: boolean): string {
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = data[at]!;
    const character = String.fromCharCode(byte);
    if (inList && character === ",") text += "\\\\,";
    else if (inList && character === "\\") text += "\\\\\\\\";
    else if (byte <= 0x20 || byte >= 0x7f) text += `\\${String(byte).padStart(3, "0")}`;
    else text += '"\\;()'.includes(character) ? `\\${character}` : character;
  }
  return text;
}
