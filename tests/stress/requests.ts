/** What the stress test asks for, and what must come back. */
import { content, LONGEST } from "../e2e/support/content.ts";
import type { Dice } from "./dice.ts";

/** As many origin processes stand behind the edge. */
export const ORIGINS = 4;

export interface Exchange {
  /** For the counts and for reports. */
  readonly name: string;
  /** Bytes to send; a number is a pause in milliseconds. */
  readonly parts: ReadonlyArray<Buffer | number>;
  readonly seed: number;
  readonly status: number;
  /** What the body must be; for HEAD and 304 empty. */
  readonly body: Buffer;
  /** The reply has no body whatever its fields say. */
  readonly bodyless: boolean;
  /** The reply carries X-Seed: it comes from an origin. */
  readonly proxied: boolean;
  /** The reply may come before the request was sent, and the edge may close behind it. */
  readonly early: boolean;
  /** The edge must close behind the reply. */
  readonly closes: boolean;
  /** The reply must not come to its end: the origin breaks off. */
  readonly truncated: boolean;
  /** 502 is lawful: the origin closed a kept connection under a request that may not be repeated (RFC 9110 §9.2.2). */
  readonly mayFail: boolean;
}

const KB = 1024;
const MB = 1024 * KB;
/** Files of the static route: name to length; the seed is the place in the list. */
export const STATIC_FILES: ReadonlyArray<readonly [string, number]> = [
  ["small.txt", 100],
  ["middle.bin", 64 * KB],
  ["large.bin", 3 * MB],
];

const GET_SIZES = { "0": 1, "1": 1, "1024": 30, "65536": 15, "1048576": 4, random: 10 } as const;

function size(dice: Dice): number {
  const drawn = dice.weighted(GET_SIZES);
  return drawn === "random" ? Math.floor(dice.next() ** 3 * 2 * MB) : Number(drawn);
}

let lastSeed = 0;

/** Every request has its own, so that no reply can be taken for another's. */
function newSeed(): number {
  return ++lastSeed;
}

const KINDS = {
  get: 25,
  chunked: 12,
  slow: 3,
  "until-close": 2,
  flaky: 3,
  hangup: 3,
  head: 3,
  "not-modified": 3,
  upload: 12,
  "slow-upload": 3,
  "cut-upload": 2,
  truncate: 2,
  early: 3,
  close: 3,
  big: 4,
  hello: 8,
  json: 4,
  stream: 4,
  "handler-upload": 4,
  respond: 5,
  static: 5,
} as const;
type Kind = keyof typeof KINDS;

/** Some go through the pool that has few connections, and a rewrite. */
function proxied(dice: Dice, path: string): string {
  return dice.chance(0.25) ? `/narrow${path}` : path;
}

/** One request of any kind. */
export function anyRequest(dice: Dice): Exchange {
  return make(dice.weighted(KINDS), dice);
}

const PIPELINED = {
  get: 10,
  chunked: 5,
  big: 3,
  hello: 8,
  json: 4,
  stream: 3,
  respond: 6,
  static: 4,
  head: 2,
  "not-modified": 2,
};

/** Requests that leave together, before the first reply has come. */
export function pipelinedRequests(dice: Dice): Exchange[] {
  return Array.from({ length: dice.between(2, 8) }, () => make(dice.weighted(PIPELINED), dice));
}

/** A large proxied response, then replies that the edge makes by itself. */
export function bigThenLocal(dice: Dice): Exchange[] {
  const local = ["hello", "json", "respond", "static", "stream"] as const;
  return [make("big", dice), ...Array.from({ length: dice.between(1, 4) }, () => make(dice.pick(local), dice))];
}

function make(kind: Kind, dice: Dice): Exchange {
  const seed = newSeed();
  switch (kind) {
    case "get":
    case "chunked":
    case "until-close":
    case "flaky":
    case "hangup": {
      const length = size(dice);
      return get(kind, proxied(dice, `/${kind}/${seed}/${length}`), seed, content(seed, length), true);
    }
    case "slow": {
      const length = dice.between(1, 300 * KB);
      return get(kind, proxied(dice, `/slow/${seed}/${length}`), seed, content(seed, length), true);
    }
    case "big": {
      const length = dice.between(4 * MB, LONGEST);
      const path = `/${dice.chance(0.7) ? "get" : "chunked"}/${seed}/${length}`;
      return get(kind, proxied(dice, path), seed, content(seed, length), true);
    }
    case "close": {
      const length = size(dice);
      const path = proxied(dice, `/${dice.pick(["get", "chunked"])}/${seed}/${length}`);
      return { ...get(kind, path, seed, content(seed, length), true, "Connection: close\r\n"), closes: true };
    }
    case "head": {
      const path = proxied(dice, `/${dice.pick(["get", "chunked"])}/${seed}/${size(dice)}`);
      return { ...get(kind, path, seed, Buffer.alloc(0), true, "", "HEAD"), bodyless: true };
    }
    case "not-modified": {
      const reply = get(
        kind,
        `/not-modified/${seed}/${size(dice)}`,
        seed,
        Buffer.alloc(0),
        true,
        'If-None-Match: "x"\r\n',
      );
      return { ...reply, status: 304, bodyless: true };
    }
    case "upload":
    case "slow-upload":
    case "handler-upload":
      return upload(kind, seed, dice);
    case "cut-upload":
      // A short one may be complete before the origin goes; then too nothing was answered.
      return { ...upload(kind, seed, dice), status: 502, mayFail: true, early: true };
    case "truncate": {
      const length = dice.between(1, 2 * MB);
      const cut = get(kind, proxied(dice, `/truncate/${seed}/${length}`), seed, content(seed, length), true);
      return { ...cut, truncated: true, mayFail: true };
    }
    case "early": {
      const length = dice.between(1, 200 * KB);
      return { ...upload(kind, seed, dice, length), status: 403, body: content(seed, length), early: true };
    }
    case "hello":
      return get(kind, `/hello/you-${seed}`, seed, Buffer.from(`hello you-${seed}`), false);
    case "json":
      return get(kind, `/json/you-${seed}`, seed, Buffer.from(JSON.stringify({ hello: `you-${seed}` })), false);
    case "stream": {
      const length = dice.between(1, MB);
      return get(kind, `/stream/${seed}/${length}`, seed, content(seed, length), false);
    }
    case "respond":
      return get(kind, "/respond", seed, Buffer.from("responded"), false);
    case "static": {
      const file = dice.between(0, STATIC_FILES.length - 1);
      const [name, length] = STATIC_FILES[file]!;
      return get(kind, `/static/${name}`, seed, content(file, length), false);
    }
  }
}

function get(
  name: string,
  path: string,
  seed: number,
  body: Buffer,
  proxied: boolean,
  fields = "",
  method = "GET",
): Exchange {
  return {
    name,
    parts: [Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: stress.test\r\n${fields}\r\n`)],
    seed,
    status: 200,
    body,
    bodyless: false,
    proxied,
    early: false,
    closes: false,
    truncated: false,
    mayFail: false,
  };
}

function upload(kind: Kind, seed: number, dice: Dice, sent = 0): Exchange {
  const length = sent > 0 ? sent : Math.floor(dice.next() ** 3 * 3 * MB);
  const body = content(seed, length);
  const chunked = dice.chance(0.4);
  const framing = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
  const path = `/${kind}/${seed}/${length}`;
  const target = kind === "handler-upload" ? path : proxied(dice, path);
  const head = `${dice.pick(["POST", "PUT"])} ${target} HTTP/1.1\r\nHost: stress.test\r\n${framing}\r\n\r\n`;
  const parts: Array<Buffer | number> = [Buffer.from(head)];
  let at = 0;
  const paused = dice.chance(0.3);
  const pieces: Buffer[] = [];
  for (const size of dice.split(length, dice.chance(0.5) ? 200_000 : 20_000)) {
    const piece = body.subarray(at, at + size);
    at += size;
    if (chunked)
      pieces.push(Buffer.from(`${size.toString(16)}${dice.chance(0.1) ? ";x=1" : ""}\r\n`), piece, Buffer.from("\r\n"));
    else pieces.push(piece);
  }
  if (chunked) pieces.push(Buffer.from(dice.chance(0.2) ? "0\r\nX-Trailer: t\r\n\r\n" : "0\r\n\r\n"));
  if (dice.chance(0.3)) {
    // Torn without regard to chunks.
    const wire = Buffer.concat(pieces);
    let from = 0;
    for (const size of dice.split(wire.length, 100_000)) {
      parts.push(wire.subarray(from, from + size));
      from += size;
      if (dice.chance(0.2)) parts.push(0);
    }
  } else {
    for (const piece of pieces) {
      parts.push(piece);
      if (paused && dice.chance(0.05)) parts.push(dice.between(0, 15));
    }
  }
  return {
    ...get(kind, "/", seed, Buffer.from("ok"), kind !== "handler-upload"),
    parts,
    mayFail: kind !== "handler-upload",
  };
}
