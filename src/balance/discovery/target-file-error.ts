/** Why a file of targets can not be used: one clause, and the offset of the place in the text when there is one. */
export class TargetFileError extends Error {
  /** UTF-16 code units; -1 = not known. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "TargetFileError";
    this.offset = offset;
  }
}

/** "3:14": line and column, both counted from 1; "" when the offset is not known. */
export function formatPlace(text: string, offset: number): string {
  if (offset < 0) return "";
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = before.indexOf("\n"); at !== -1; at = before.indexOf("\n", at + 1)) line++;
  return `${line}:${before.length - lineStart + 1}`;
}
