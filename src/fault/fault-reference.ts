import type { FaultCode, FaultSide } from "../contract/fault.ts";
import { adviceFor, FAULT_CODES, FAULTS } from "./faults.ts";

const INTRODUCTION = `# Faults

Every way in which Roundtrip can refuse or fail to answer a request has a code. The code is in the error page, in
\`Proxy-Status\` (RFC 9209, as \`details\`), in the access log, in the trace and in \`roundtrip explain\`.

- **Status** is what the client gets while no response has begun. “–” means that the connection is only closed. Once a
  response has begun, its connection is cut instead, so that a shortened body never looks whole.
- **Stage** is where on the path it happened.
- **Retry** tells whether the request may go to another target: \`safe\` (no byte of it can have had an effect),
  \`if-unsent\` (only when it was not sent, or is idempotent and can be replayed), or \`never\`.
- **Proxy error** is the registered type of RFC 9209 §2.3.

An error is sent as HTML, as JSON (\`application/problem+json\`, RFC 9457) or as plain text, by the request's \`Accept\`.
Visitors read what happened, what they can do and the id of the trace. What to do at the edge, timer values, error numbers
and addresses are shown only to a request with the explain token in \`Roundtrip-Explain\`.
`;

const SECTIONS: ReadonlyArray<readonly [FaultSide, string]> = [
  ["client", "The client's side"],
  ["edge", "The edge's side"],
  ["upstream", "The upstream's side"],
];

/** The whole text of docs/reference/faults.md. */
export function faultReference(): string {
  const parts = [INTRODUCTION];
  for (const [side, heading] of SECTIONS) {
    parts.push(`## ${heading}\n`);
    for (const code of FAULT_CODES) {
      if (FAULTS[code].side === side) parts.push(entry(code));
    }
  }
  return parts.join("\n");
}

function entry(code: FaultCode): string {
  const fault = FAULTS[code];
  const status = fault.status === 0 ? "–" : String(fault.status);
  return `### ${code}

${fault.title}
${adviceFor(fault)}

Status ${status} · stage \`${fault.stage}\` · retry \`${fault.retry}\` · proxy error \`${fault.proxyError}\`
`;
}
