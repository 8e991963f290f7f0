/**
 * Where another server's answer may differ from ours, and by which right. Each explanation names the parts of the
 * answer that it covers; a difference that is not covered whole fails the test, and so does an explanation that is
 * never needed.
 */
import { type Answer, hasFlag, type Part } from "./dns-difference.ts";
import type { Question } from "./dns-questions.ts";

export interface Explanation {
  readonly why: string;
  readonly parts: readonly Part[];
  /** `full`: what we would say if there were no limit of size. */
  holds(question: Question, ours: Answer, theirs: Answer, full: Answer): boolean;
}

/** What remains of the differing parts, and which explanations were needed. */
export function unexplained(
  explanations: readonly Explanation[],
  parts: readonly Part[],
  question: Question,
  ours: Answer,
  theirs: Answer,
  full: Answer,
): { readonly left: Part[]; readonly used: Explanation[] } {
  const used: Explanation[] = [];
  let left = [...parts];
  for (const explanation of explanations) {
    if (!left.some((part) => explanation.parts.includes(part)) || !explanation.holds(question, ours, theirs, full))
      continue;
    used.push(explanation);
    left = left.filter((part) => !explanation.parts.includes(part));
  }
  return { left, used };
}

const CONTENTS: readonly Part[] = ["answer", "authority", "additional"];

/** Names of the test zones whose aliases lead to themselves. */
const ROUND = /(^|\.)(loop-(a|b|self)|ring|moved-round2?|moved-long)\./i;

const HASHED = /(^|\.)[0-9a-v]{32}0?\./i;

function isReferral(answer: Answer): boolean {
  return answer.code === "NOERROR" && answer.message.answers.length === 0 && !hasFlag(answer, "AA");
}

/** True of every server that we are compared with. */
const ANYBODY: readonly Explanation[] = [
  {
    why: "RFC 2181 §9: nothing in a truncated answer but its TC is to be used",
    parts: CONTENTS,
    holds: (_, ours, theirs) => hasFlag(ours, "TC") || hasFlag(theirs, "TC"),
  },
  {
    why: "RFC 1034 §3.6.2: an alias that leads to itself is an error of the zone; where the chain is cut is up to the server",
    parts: ["code", "TC", "answer", "authority"],
    holds: ({ name }) => ROUND.test(name),
  },
  {
    why: "RFC 4035 §3.1.6: CD is copied into the answer; NSD and Knot clear it",
    parts: ["CD"],
    holds: ({ flags }, ours) => (flags & 0x0010) !== 0 && hasFlag(ours, "CD"),
  },
];

export const KNOT: readonly Explanation[] = [
  ...ANYBODY,
  {
    why: "RFC 1034 §4.3.2 step 3a begins again with another zone of the same server, as we and NSD do; Knot answers from one zone",
    parts: CONTENTS,
    holds: ({ name }) => /^(to-child|up\.child)\.example/i.test(name),
  },
  {
    why: "RFC 4592 §4.2: what NS at a wildcard means is left undefined; Knot delegates what lies below, we do not",
    parts: ["AA", ...CONTENTS],
    holds: ({ name }) => /(^|\.)wcut\./i.test(name),
  },
  {
    why: "RFC 1034 §4.3.2: a chain of aliases may be cut anywhere, the resolver goes on; Knot ends it sooner",
    parts: CONTENTS,
    holds: ({ name }, _, theirs, full) => /(^|\.)chain\d+\./i.test(name) && isLess(theirs.answer, full.answer),
  },
  {
    why: "RFC 1034 §4.3.2 step 6: additional records are an optional service; Knot sends those that fit",
    parts: ["additional"],
    holds: (_, ours, theirs, full) =>
      !isReferral(ours) && (isLess(ours.additional, theirs.additional) || isLess(theirs.additional, full.additional)),
  },
  {
    why: "RFC 4035 §2.5: RRSIG and NSEC may stand beside a CNAME, so Knot follows no alias for them; we do where there are none",
    parts: ["code", ...CONTENTS],
    holds: ({ type }, _, theirs, full) =>
      (type === "RRSIG" || type === "NSEC") && theirs.answer.length === 0 && / CNAME /.test(String(full.answer)),
  },
  {
    why: "RFC 8482 §4.1: ANY is answered with one RRset; which one is up to the server",
    parts: ["answer", "additional"],
    holds: ({ type }, _, theirs) => type === "ANY" && theirs.answer.length > 0,
  },
  {
    why: "RFC 4035 §3.1.3.3: an NSEC that comes from a wildcard is proven by that wildcard's own; Knot sends it once, under the name that was asked",
    parts: ["authority"],
    holds: ({ type }, _, theirs, full) => type === "NSEC" && isLess(theirs.authority, full.authority),
  },
  {
    why: "RFC 8482 §7: asked for RRSIG a server may give some of them; Knot gives one",
    parts: ["answer"],
    holds: ({ type }, ours, theirs) => type === "RRSIG" && isLess(theirs.answer, ours.answer),
  },
  {
    why: "RFC 4035 §3.1.3.4: an answer from a wildcard proves that nothing is closer; Knot takes a name with an asterisk for the wildcard itself",
    parts: ["TC", "authority"],
    holds: ({ name, dnssecOk }, _, theirs, full) =>
      dnssecOk && name.startsWith("*.") && isLess(theirs.authority, full.authority),
  },
];

export const NSD: readonly Explanation[] = [
  ...ANYBODY,
  {
    why: "RFC 8482 §4.1: ANY is answered with one RRset; NSD sends an empty answer with TC and without its question over UDP",
    parts: ["code", "AA", "TC", "question", ...CONTENTS],
    holds: ({ type, transport }, _, theirs) => type === "ANY" && transport === "udp" && hasFlag(theirs, "TC"),
  },
  {
    why: "RFC 8482 §4.1: ANY is answered with one RRset; NSD sends all over TCP",
    parts: ["answer", "additional"],
    holds: ({ type }, ours, theirs) => type === "ANY" && ours.answer.every((line) => theirs.answer.includes(line)),
  },
  {
    why: "RFC 9471 §3: a referral without all of its glue has TC; NSD sends what fits",
    parts: ["TC"],
    holds: (_, ours, theirs, full) =>
      hasFlag(ours, "TC") && isReferral(theirs) && isLess(theirs.additional, full.additional),
  },
  {
    why: "RFC 1034 §4.3.2 step 6: additional records are an optional service; NSD leaves them out where it likes",
    parts: ["additional"],
    holds: (_, ours, theirs, full) => !isReferral(ours) && isLess(theirs.additional, full.additional),
  },
  {
    why: "RFC 5155 §7.2.8: NSEC3 is asked for at the name itself; NSD follows no alias for this type, as it must not for NSEC",
    parts: ["code", ...CONTENTS],
    holds: ({ type }, _, theirs, full) =>
      type === "NSEC3" && theirs.answer.length === 0 && / CNAME /.test(String(full.answer)),
  },
  {
    why: "RFC 5155 §7.2.8: the hashed names are no names of the zone; NSD proves denials beside and below them as if they were",
    parts: ["TC", "authority"],
    holds: ({ name }, _, theirs) => HASHED.test(name) && theirs.answer.length === 0,
  },
  {
    why: "RFC 4035 §3.1.3.2: NXDOMAIN proves that the name is not there and that no wildcard is; behind a DNAME NSD leaves one out",
    parts: ["authority"],
    holds: ({ dnssecOk }, ours, theirs) =>
      dnssecOk &&
      ours.code === "NXDOMAIN" &&
      / DNAME /.test(String(ours.answer)) &&
      isLess(theirs.authority, ours.authority),
  },
  {
    why: "RFC 5155 §7.2.3: a name that exists without the type needs the NSEC3 of the name; asked for a wildcard by its own name NSD adds its closest encloser's",
    parts: ["TC", "authority"],
    holds: ({ name, dnssecOk }, ours, theirs, full) =>
      dnssecOk &&
      name.startsWith("*.") &&
      (hasFlag(theirs, "TC") || isLess(full.authority, theirs.authority)) &&
      ours.answer.length === 0,
  },
];

/** Some of the lines, and not all. */
function isLess(some: readonly string[], all: readonly string[]): boolean {
  return some.length < all.length && some.every((line) => all.includes(line));
}
