import type { RoutePlan } from "../contract/plan.ts";
import { compareCandidates } from "./candidate.ts";
import type { Candidate } from "./candidate.ts";
import type { HostPattern } from "./host-pattern.ts";
import { HostTable } from "./host-table.ts";
import { PathRegexPredicate } from "./path-regex/path-regex-predicate.ts";
import { PathTreeNode, placeOf } from "./path-tree.ts";
import { PathTrie } from "./path-trie.ts";
import type { Predicate } from "./predicate.ts";
import type { Slices } from "../time/slices.ts";
import { sortInSlices } from "../time/sort-in-slices.ts";

/** Everything that a matcher looks up in. */
export interface CandidateIndex {
  /** In order of precedence: the place of a candidate is its rank, and names it everywhere else. */
  readonly candidates: readonly Candidate[];
  /** Of each candidate, side by side, so that a match touches nothing else of it. */
  readonly predicates: ReadonlyArray<readonly Predicate[]>;
  readonly plans: readonly RoutePlan[];
  readonly hosts: HostTable;
  readonly trie: PathTrie;
  /** Root of the path tree of each host pattern, by its text. */
  readonly roots: ReadonlyMap<string, number>;
  /** Most parameters in one path. */
  readonly mostParameters: number;
}

/** A regular expression is asked before what else the route asks for. */
function predicatesOf({ route, path }: Candidate): readonly Predicate[] {
  if (path.regex === null) return route.predicates;
  return [new PathRegexPredicate(path.text, path.regex), ...route.predicates];
}

export function* indexCandidates(unsorted: readonly Candidate[]): Slices<CandidateIndex> {
  const candidates = yield* inPrecedence(unsorted);
  const trees = new Map<string, PathTreeNode>();
  const patterns: HostPattern[] = [];
  let mostParameters = 0;
  for (const [rank, { host, path }] of candidates.entries()) {
    let tree = trees.get(host.text);
    if (tree === undefined) {
      tree = new PathTreeNode();
      trees.set(host.text, tree);
      patterns.push(host);
    }
    // Candidates for one place differ in predicates only and follow each other, so a node needs just their range.
    placeOf(tree, path).addCandidate(rank, path.prefix);
    mostParameters = Math.max(mostParameters, path.parameters.length);
    yield;
  }
  const trie = yield* PathTrie.of([...trees.values()]);
  const hosts = yield* HostTable.of(patterns.map((pattern, index) => ({ pattern, root: trie.roots[index]! })));
  return {
    candidates,
    predicates: candidates.map(predicatesOf),
    plans: candidates.map(({ route }) => route.plan),
    hosts,
    trie,
    roots: new Map(patterns.map((pattern, index) => [pattern.text, trie.roots[index]!])),
    mostParameters,
  };
}

function* inPrecedence(candidates: readonly Candidate[]): Slices<Candidate[]> {
  const order = Int32Array.from(candidates, (_, index) => index);
  yield* sortInSlices(order, 0, order.length, (a, b) => compareCandidates(candidates[a]!, candidates[b]!));
  return Array.from(order, (index) => candidates[index]!);
}
