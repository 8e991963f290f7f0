import { TargetForm } from "../contract/head.ts";
import type { RequestHead } from "../contract/head.ts";
import type { RouteConsidered } from "../contract/trace-record.ts";
import { firstRefusing } from "./candidate.ts";
import type { Candidate, CompiledRoute } from "./candidate.ts";
import type { CandidateIndex } from "./candidate-index.ts";
import { Nearness } from "./nearness.ts";

/**
 * Puts a walk into words. `collected` are the candidates whose host and path match, in order of precedence;
 * `roots` are those of the hosts that match. Answers one line per route, in the order of the candidate that it is
 * about: the one that matched or came nearest to it.
 */
export function explainCandidates(
  index: CandidateIndex,
  collected: readonly number[],
  roots: ReadonlySet<number>,
  head: RequestHead,
  clientAddress: string,
  listener: string,
): RouteConsidered[] {
  const explained = new Map<CompiledRoute, RouteConsidered>();
  const nearness = new Nearness(head);
  const nearest = new Map<CompiledRoute, Candidate>();
  let winner = "";
  for (const rank of collected) {
    const candidate = index.candidates[rank]!;
    const { route } = candidate;
    // The regular expression of one path refuses that path alone.
    if ((explained.get(route)?.failed ?? "path") !== "path") continue;
    nearest.set(route, candidate);
    const refusing = firstRefusing(index.predicates[rank]!, head, clientAddress, listener);
    if (refusing !== null) {
      const near = refusing.kind === "path" ? nearness.of(route) : 1;
      explained.set(route, line(route, refusing.kind, refusing.refusal(head, clientAddress, listener), near));
    } else if (winner === "") {
      winner = route.plan.name;
      explained.set(route, { ...line(route, "", describe(candidate), 1), matched: true });
    } else {
      explained.set(route, { ...line(route, "shadowed", `route "${winner}" takes precedence`, 1), matched: true });
    }
  }
  // Candidates stand in order of precedence: the first of a route with a matching host is its nearest.
  for (const candidate of index.candidates) {
    const { route } = candidate;
    if (!nearest.has(route) && roots.has(index.roots.get(candidate.host.text)!)) {
      nearest.set(route, candidate);
      explained.set(route, line(route, "path", pathRefusal(route, head), nearness.of(route)));
    }
  }
  const lines: RouteConsidered[] = [];
  const listed = new Set<CompiledRoute>();
  for (const candidate of index.candidates) {
    const { route } = candidate;
    if (listed.has(route) || (nearest.has(route) && nearest.get(route) !== candidate)) continue;
    listed.add(route);
    lines.push(explained.get(route) ?? line(route, "host", hostRefusal(route, head), nearness.of(route)));
  }
  return lines;
}

function line(
  { plan }: CompiledRoute,
  failed: RouteConsidered["failed"],
  detail: string,
  nearness: number,
): RouteConsidered {
  return { route: plan.name, matched: false, failed, detail, nearness };
}

function describe({ host, path }: Candidate): string {
  return host.kind === "any" ? `path "${path.text}"` : `host "${host.text}", path "${path.text}"`;
}

function hostRefusal(route: CompiledRoute, head: RequestHead): string {
  const patterns = route.hosts.map((host) => `"${host.text}"`).join(" or ");
  const host = head.host();
  return host === ""
    ? `host ${patterns} is asked for, and the request names none`
    : `host ${patterns} does not match "${host}"`;
}

function pathRefusal(route: CompiledRoute, head: RequestHead): string {
  const pathless = head.form === TargetForm.asterisk || head.form === TargetForm.authority;
  const patterns = route.paths.map((path) => `"${path.text}"`).join(" or ");
  return `path ${patterns} does not match "${pathless ? head.target() : head.path()}"`;
}
