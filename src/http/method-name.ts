import { Method, METHOD_NAMES } from "../contract/method.ts";

/** No registered method comes near; what is longer is not HTTP. */
export const MAX_METHOD = 64;

const METHOD_BYTES: readonly Buffer[] = METHOD_NAMES.map((name) => Buffer.from(name));

/** Methods are case-sensitive (RFC 9110 §9.1). The length and one letter tell which one it can be. */
export function methodOf(bytes: Buffer, start: number, end: number): Method {
  let method: Method;
  switch (end - start) {
    case 3:
      method = bytes[start] === 0x47 ? Method.GET : Method.PUT;
      break;
    case 4:
      method = bytes[start] === 0x50 ? Method.POST : Method.HEAD;
      break;
    case 5:
      method = bytes[start] === 0x50 ? Method.PATCH : Method.TRACE;
      break;
    case 6:
      method = Method.DELETE;
      break;
    case 7:
      method = bytes[start] === 0x4f ? Method.OPTIONS : Method.CONNECT;
      break;
    default:
      return Method.other;
  }
  const name = METHOD_BYTES[method]!;
  for (let k = 0; k < name.length; k++) {
    if (bytes[start + k] !== name[k]) return Method.other;
  }
  return method;
}
