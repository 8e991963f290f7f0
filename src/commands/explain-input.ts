/** What the arguments of `roundtrip explain` mean. */
import { CommandFailure } from "./command-failure.ts";

export type Field = readonly [name: string, value: string];

/** An http URL; `host/path` without a scheme is taken for one. */
export function parseTarget(text: string): URL {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url)) throw new CommandFailure(`"${text}" is not a URL`, "Give it as http://host:port/path");
  const parsed = new URL(url);
  if (parsed.protocol !== "http:") {
    throw new CommandFailure(`${parsed.protocol}// cannot be explained`, "The edge serves http:// URLs.");
  }
  return parsed;
}

export function portOf(url: URL): number {
  return url.port === "" ? 80 : Number(url.port);
}

/** `Name: value`, as curl takes it. */
export function parseField(text: string): Field {
  const colon = text.indexOf(":");
  if (colon <= 0) throw new CommandFailure(`-H "${text}" is not a field`, 'Give it as -H "Name: value"');
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

/** 32 digits, or a whole traceparent value. */
export function parseTraceId(text: string): string {
  const id = /^(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?$/.exec(text.trim().toLowerCase())?.[1];
  if (id !== undefined) return id;
  throw new CommandFailure(`"${text}" is not a trace id`, "It has 32 hexadecimal digits: traceId in the access log.");
}
