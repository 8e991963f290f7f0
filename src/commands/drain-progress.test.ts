import { expect, test } from "bun:test";
import { Progress } from "./drain-progress.ts";

function written(isTTY: boolean, use: (progress: Progress) => void): string {
  let text = "";
  const output = { isTTY, write: (part: string) => void (text += part) };
  use(new Progress(output, "2 requests left, cut in 9 s"));
  return text;
}

const STEPS = ["2 requests left, cut in 9 s", "2 requests left, cut in 8 s", "1 request left, cut in 8 s"];

test("on a terminal one line changes, and is gone at the end", () => {
  const text = written(true, (progress) => {
    for (const step of STEPS) progress.say(step);
    progress.end("drained after 2 s");
  });
  expect(text).toBe(`${STEPS.map((step) => `\r  ${step}\x1b[K`).join("")}\r\x1b[K  drained after 2 s\n`);
});

test("elsewhere only what has changed is a line", () => {
  const text = written(false, (progress) => {
    for (const step of STEPS) progress.say(step);
    progress.end("");
  });
  expect(text).toBe("  1 request left, cut in 8 s\n");
});
