/** RFC 1035 §3.3: a `<character-string>` has at most 255 bytes. */
const MAX_STRING = 255;

/** A text as it is, in UTF-8, as TXT data: cut into as many strings as it takes (RFC 7208 §3.3 joins them again). */
export function literalText(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const strings = Math.max(1, Math.ceil(bytes.length / MAX_STRING));
  const data = new Uint8Array(bytes.length + strings);
  for (let index = 0; index < strings; index++) {
    const string = bytes.subarray(index * MAX_STRING, (index + 1) * MAX_STRING);
    const at = index * (MAX_STRING + 1);
    data[at] = string.length;
    data.set(string, at + 1);
  }
  return data;
}
