import { formatName } from "../wire/name.ts";
import { typeName } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { Finding, Severity } from "./finding.ts";

/** Findings of one kind that are told one by one; a zone of 100,000 names may have the same fault at each. */
const MAX_TOLD = 20;

/** Collects findings, and counts instead of telling when there are too many of a kind. */
export class FindingList {
  readonly zone: ZoneData;
  /** Nodes whose addresses are made when they are asked for. */
  readonly dynamic: ReadonlySet<number>;
  readonly #told: Finding[] = [];
  /** By remedy, which is the same for all findings of a kind. */
  readonly #counts = new Map<string, { finding: Finding; count: number }>();

  constructor(zone: ZoneData, dynamic: ReadonlySet<number>) {
    this.zone = zone;
    this.dynamic = dynamic;
  }

  /** `type` 0: it is about the name. `remedy` must not vary with the name. */
  add(severity: Severity, node: number, type: number, message: string, remedy: string): void {
    const kind = this.#counts.get(remedy);
    if (kind !== undefined && kind.count++ >= MAX_TOLD) return;
    const owner = formatName(this.zone.names.name(node));
    const finding: Finding = { severity, owner, type: type === 0 ? "" : typeName(type), message, remedy };
    if (kind === undefined) this.#counts.set(remedy, { finding, count: 1 });
    this.#told.push(finding);
  }

  /** All findings, the gravest first. */
  finish(): Finding[] {
    const all = [...this.#told];
    for (const { finding, count } of this.#counts.values()) {
      if (count > MAX_TOLD) all.push({ ...finding, message: `${count - MAX_TOLD} more findings of this kind` });
    }
    const order: readonly Severity[] = ["error", "warning", "advice"];
    return all.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  }
}
