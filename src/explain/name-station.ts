/** The station before the connection: what the edge's own name server says to the request's host. */
import { node, station, TIMELESS } from "./explaining.ts";
import type { NameAnswer, NameRecords } from "./name-answer.ts";
import type { Station, TreeNode } from "./tree.ts";

/** Steps shown of a steered name. */
const MOST_STEPS = 8;

/** None when the edge serves no names, or the host is an address. */
export function nameStations(answer: NameAnswer | null): Station[] {
  if (answer === null) return [];
  const { host, zone, serial, answers } = answer;
  if (zone === "") return [station("dns", `${host} is in no zone of this edge: others answer for it`, "skipped")];
  const found = answers.flatMap(({ records }) => addresses(records));
  // Most hosts have addresses of one family: what the other one lacks is told only when nothing was found at all.
  const told = found.length > 0 ? answers.filter(({ records }) => records.length > 0) : answers;
  const children = distinct(told.flatMap(recordNodes));
  children.unshift(node("zone", `${zone} serial ${serial}`, "info"));
  const text = found.length > 0 ? `${host} is ${found.join(", ")}` : `${host} ${inVain(answers)}`;
  return [station("dns", text, found.length > 0 ? "ok" : "fault", TIMELESS, children)];
}

/** The CNAMEs in front of A and of AAAA are the same. */
function distinct(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.filter((one, index) => nodes.findIndex((other) => Bun.deepEquals(one, other)) === index);
}

function addresses(records: NameRecords["records"]): string[] {
  return records.filter(({ type }) => type === "A" || type === "AAAA").map(({ data }) => data);
}

function inVain(answers: readonly NameRecords[]): string {
  const [first] = answers;
  if (first === undefined) return "was not asked for";
  if (first.referral.length > 0) return `is delegated to ${first.referral.join(", ")}`;
  return first.code === "NOERROR" ? "has no address" : `has no address: ${first.code}`;
}

function recordNodes({ type, code, records, referral, steps }: NameRecords): TreeNode[] {
  const nodes = steps.slice(0, MOST_STEPS).map((step) => node(type, step, "info"));
  if (records.length === 0) {
    if (code !== "NOERROR") nodes.push(node(type, code, "no"));
    else if (referral.length > 0) nodes.push(node("referral", referral.join(", "), "info"));
    return nodes;
  }
  for (const { name, type: of, ttl, data } of records) nodes.push(node(of, `${name} ${data}, for ${ttl} s`, "ok"));
  return nodes;
}
