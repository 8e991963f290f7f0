import { RequestHead } from "../contract/head.ts";
import type { Matcher, RoutePlan } from "../contract/plan.ts";
import { type RouteConsidered, Stamp } from "../contract/trace-record.ts";
import { firstRefusing } from "./candidate.ts";
import type { CandidateIndex } from "./candidate-index.ts";
import { MatchedPath } from "./matched-path.ts";
import { END, FIRST, NO_CHILD, PARAMETER, PREFIX_FIRST, type PathTrie } from "./path-trie.ts";
import type { HostTable } from "./host-table.ts";
import { explainCandidates } from "./explain-candidates.ts";
import type { Env } from "../contract/env.ts";
import type { Exchange } from "../contract/exchange.ts";
import { Method } from "../contract/method.ts";
import type { Stage } from "../contract/stage.ts";
import { Verdict } from "../contract/verdict.ts";

const PERCENT = 0x25;

/** Rank of no candidate. */
const NONE = -1;

/**
 * Walks the candidates of a request in order of precedence. `match` stops at the first whose predicates accept;
 * `consider` takes the same walk and keeps all of them. Holds the state of one walk, so it serves one event loop.
 */
export class RouteMatcher implements Matcher {
  params: string[] | null = null;
  private readonly index: CandidateIndex;
  private readonly hosts: HostTable;
  private readonly trie: PathTrie;
  private readonly predicates: CandidateIndex["predicates"];

  private head: RequestHead = new RequestHead();
  private clientAddress = "";
  private listener = "";
  private readonly path = new MatchedPath();
  /** Pairs [start, end) of the segments that stand for parameters on the way to the present node. */
  private readonly spans: Int32Array;
  private spanCount = 0;
  /** Ranks of the candidates met, when all are wanted. */
  private collected: number[] | null = null;

  constructor(index: CandidateIndex, ignoreCase = false) {
    this.path.ignoreCase = ignoreCase;
    this.index = index;
    this.hosts = index.hosts;
    this.trie = index.trie;
    this.predicates = index.predicates;
    this.spans = new Int32Array(2 * index.mostParameters);
  }

  match(head: RequestHead, clientAddress: string, listener: string): RoutePlan | null {
    const rank = this.walk(head, clientAddress, listener);
    this.params = rank === NONE || this.spanCount === 0 ? null : this.parameters();
    return rank === NONE ? null : this.index.plans[rank]!;
  }

  consider(head: RequestHead, clientAddress: string, listener: string): RouteConsidered[] {
    const collected: number[] = [];
    this.collected = collected;
    this.walk(head, clientAddress, listener);
    this.collected = null;
    const roots = new Set(this.hosts.found.subarray(0, this.hosts.foundCount));
    return explainCandidates(this.index, collected, roots, head, clientAddress, listener);
  }

  private walk(head: RequestHead, clientAddress: string, listener: string): number {
    this.head = head;
    this.clientAddress = clientAddress;
    this.listener = listener;
    this.spanCount = 0;
    const { hosts } = this;
    hosts.find(head.bytes, head.authorityStart, head.hostEnd);
    const { path } = this;
    const pathless = !path.read(head);
    for (let index = 0; index < hosts.foundCount; index++) {
      const root = hosts.found[index]!;
      const rank = pathless ? this.tryPrefix(root) : this.walkFrom(root, path.start + 1);
      if (rank !== NONE) return rank;
    }
    return NONE;
  }

  /**
   * The best candidate at or below a node for the rest of the path, which begins with the segment at `at`; behind the
   * end when no segment is left. As deep as the deepest pattern, and two ways on at most from each node.
   */
  private walkFrom(node: number, at: number): number {
    const { rows } = this.trie;
    if (at > this.path.end) return this.tryRange(rows[node + FIRST]!, rows[node + END]!);
    const child = this.trie.child(node, this.path.compared, at, this.path.end);
    const end = this.trie.segmentEnd;
    if (child !== NO_CHILD) {
      const rank = this.walkFrom(child, end + 1);
      if (rank !== NONE) return rank;
    }
    const parameter = rows[node + PARAMETER]!;
    if (parameter !== 0 && end > at) {
      this.spans[this.spanCount] = at;
      this.spans[this.spanCount + 1] = end;
      this.spanCount += 2;
      const rank = this.walkFrom(parameter, end + 1);
      if (rank !== NONE) return rank;
      this.spanCount -= 2;
    }
    return this.tryPrefix(node);
  }

  private tryPrefix(node: number): number {
    const { rows } = this.trie;
    return this.tryRange(rows[node + PREFIX_FIRST]!, rows[node + END]!);
  }

  private tryRange(first: number, end: number): number {
    for (let rank = first; rank < end; rank++) {
      if (this.collected !== null) {
        this.collected.push(rank);
      } else if (firstRefusing(this.predicates[rank]!, this.head, this.clientAddress, this.listener) === null) {
        return rank;
      }
    }
    return NONE;
  }

  private parameters(): string[] {
    const values: string[] = [];
    for (let at = 0; at < this.spanCount; at += 2) {
      values.push(parameterValue(this.path.bytes, this.spans[at]!, this.spans[at + 1]!));
    }
    return values;
  }
}

/**
 * The value of a parameter: its segment, percent-decoded as UTF-8. Bytes that are no UTF-8 become lone surrogates
 * U+DC80 to U+DCFF (as in Python's PEP 383), so that whoever builds a path from a value (`uriSegment`) writes the same
 * bytes. An escaped slash becomes a slash.
 */
function parameterValue(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.latin1Slice(start, end);
  for (let at = start; at < end; at++) {
    if (bytes[at] === PERCENT) return decoded(raw);
  }
  return raw;
}

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return decodedBytes(raw);
  }
}

const LONE_SURROGATE = 0xdc00;

/** UTF-8 where it is, each other byte by itself. */
function decodedBytes(raw: string): string {
  return raw.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    let text = "";
    for (let at = 0; at < escapes.length;) {
      const [character, size] = characterAt(escapes, at);
      text += character;
      at += size;
    }
    return text;
  });
}

/** The character whose escapes begin at `at`, and how long they are. */
function characterAt(escapes: string, at: number): readonly [character: string, size: number] {
  for (let size = 3; size <= 12 && at + size <= escapes.length; size += 3) {
    try {
      return [decodeURIComponent(escapes.slice(at, at + size)), size];
    } catch {
      // Not a whole character: with the next byte it may be one.
    }
  }
  return [String.fromCharCode(LONE_SURROGATE + Number.parseInt(escapes.slice(at + 1, at + 3), 16)), 3];
}

function consideredWords(count: number): string {
  return count === 1 ? "1 route was considered" : `${count} routes were considered`;
}

/** Which route takes the request, and for an explanation why the others do not. */
export class RouteStage implements Stage {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  enter(exchange: Exchange, head: RequestHead): Verdict {
    const { plan, record, clientAddress } = exchange;
    const { matcher } = plan;
    const { listener } = exchange.connection;
    if (record.detail !== null) record.detail.routes = matcher.consider(head, clientAddress, listener);
    const route = matcher.match(head, clientAddress, listener);
    // A clock read costs more than a copied head: only an explanation asks how long match and pick took by themselves.
    record.stamps[Stamp.routed] = record.detail === null ? record.stamps[Stamp.headParsed]! : this.#env.now();
    // The edge is no open proxy: RFC 9110 §9.3.6 lets it refuse.
    if (head.method === Method.CONNECT) return exchange.refuse("connect-refused", "");
    if (head.method === Method.TRACE && !plan.forwarding.trace) return exchange.refuse("trace-refused", "");
    if (route === null) return exchange.refuse("no-route", consideredWords(plan.routes.length));
    exchange.route = route;
    exchange.params = matcher.params;
    record.route = route.name;
    const { body } = route.limits;
    if (exchange.bodyLength > body) return exchange.refuse("body-too-large", `limits.body = ${body}`);
    return Verdict.pass;
  }
}
