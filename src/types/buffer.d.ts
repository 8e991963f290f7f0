/** Methods that Bun's and Node's Buffer have and their public types leave out. They skip the encoding lookup. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset?: number, length?: number): number;
}
