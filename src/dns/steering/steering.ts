/** All names that are steered: made of options, hung into zones, kept up to date by `tick`. */
import type { Resolver } from "../../contract/resolver.ts";
import type { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import type { ClientSubnet } from "../authority/client-subnet.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import { locate } from "../authority/place.ts";
import type { ZoneSet } from "../authority/zone-set.ts";
import { isAtOrBelow } from "../wire/name.ts";
import type { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";
import { NO_NODE } from "../zone/name-table.ts";
import type { ZoneBuilder } from "../zone/zone-builder.ts";
import { NO_SET } from "../zone/zone-data.ts";
import { AliasAnswer } from "./alias-answer.ts";
import { AliasTargets } from "./alias-targets.ts";
import { checkSteering } from "./check-options.ts";
import { compileAddressOptions } from "./compile-options.ts";
import { GeoDatabase } from "./geo-database.ts";
import { type HealthView, NO_HEALTH } from "./health-view.ts";
import type { Databases } from "./locator.ts";
import {
  type DatabaseOptions,
  isAlias,
  type NameOptions,
  type SteeringOptions,
  type SteeringProblem,
} from "./options.ts";
import { ProblemList } from "./problem-list.ts";
import { DEFAULT_ALIAS_MAXIMUM, DEFAULT_ALIAS_MINIMUM, readName, readSteeredTtl } from "./read-options.ts";
import { steeringOf } from "./steering-of.ts";
import type { ExplainedAnswer, SteeringStep } from "./steering-step.ts";
import { TurnTaking } from "./turn-taking.ts";

export interface SteeringContext {
  /** Where aliases find names of ours. */
  readonly zones: ZoneSet;
  /** For all other names that aliases lead to. */
  readonly resolver: Resolver;
  readonly health?: HealthView;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** What a reload replaces: looked-up addresses and database files are taken over. It is to be stopped then. */
  readonly before?: Steering | null;
}

/** How often is looked for what aliases lead to, milliseconds. */
const PREPARE_INTERVAL = 1_000;

/** How long `load` waits for lookups, milliseconds: a dead resolver does not keep everything else from starting. */
const LOAD_PATIENCE = 2_000;

interface SteeredName {
  readonly text: string;
  readonly name: Uint8Array;
  readonly answer: ExplainedAnswer;
}

export class Steering {
  readonly #names: readonly SteeredName[];
  readonly #zones: ZoneSet;
  readonly #targets: AliasTargets;
  readonly #databases: ReadonlyMap<string, GeoDatabase>;
  readonly #clock: () => number;
  readonly #aliases: readonly AliasAnswer[];
  readonly #turns = new TurnTaking();
  #nextPrepare = 0;

  /** @throws RangeError for options in which `checkSteering` finds a problem. */
  constructor(options: SteeringOptions, context: SteeringContext) {
    const [problem] = checkSteering(options);
    if (problem !== undefined) throw new RangeError(`${problem.path.join(".")}: ${problem.message}`);
    const { before = null } = context;
    this.#zones = context.zones;
    this.#clock = context.clock ?? Date.now;
    this.#targets = new AliasTargets(context.resolver, this.#clock, before === null ? null : before.#targets);
    const { databases: files = {} } = options;
    this.#databases = openDatabases(files, before === null ? new Map() : before.#databases);
    const databases: Databases = {
      place: this.#databases.get(files.place ?? "") ?? null,
      asn: this.#databases.get(files.asn ?? files.place ?? "") ?? null,
    };
    const health = context.health ?? NO_HEALTH;
    this.#names = Object.entries(options.names).map(([text, nameOptions]) => ({
      text,
      name: readName(text) as Uint8Array,
      answer: this.#compile(nameOptions, databases, health),
    }));
    this.#aliases = this.#names.flatMap(({ answer }) => (answer instanceof AliasAnswer ? [answer] : []));
  }

  /** Gives every steered name a node in a zone that is being built, so that it exists without records of its own. */
  addNames(builder: ZoneBuilder): void {
    for (const { name } of this.#names) builder.names.add(name.slice(), name.length);
  }

  /**
   * Hangs the answers into a zone, a new one that was not asked yet: what it keeps of its answers would not know of them.
   * Says which cannot be.
   */
  attach(zone: AuthoritativeZone): readonly SteeringProblem[] {
    const problems = new ProblemList();
    for (const entry of this.#names) {
      if (!isAtOrBelow(entry.name, zone.data.apex) || this.#isOfDeeperZone(entry.name, zone)) continue;
      const { data } = zone;
      const at = problems.below("names", entry.text);
      const { node } = locate(data, entry.name);
      if (node === NO_NODE) {
        at.add("the zone has no such name", "Add a record to the name, of any type");
      } else if (data.cut[node] !== NO_NODE) {
        at.add("the name is delegated to other servers", "Steer it in the zone that they serve");
      } else if (data.dname[node] !== NO_NODE) {
        at.add("the name lies below a DNAME", "Remove the DNAME, or steer the name that it leads to");
      } else if (data.findSet(node, RecordType.CNAME) !== NO_SET) {
        at.add("the name has a CNAME", "Remove the CNAME: an alias can have no other data");
      } else {
        entry.answer.bind(data);
        zone.dynamic.set(node, entry.answer);
      }
    }
    return problems.list;
  }

  /**
   * Reads the databases and looks up what aliases lead to. Resolves when that is done or has failed, or after 2 s of
   * lookups; until then clients get the default and aliases SERVFAIL. To be called when the zones are there.
   */
  async load(): Promise<void> {
    await Promise.all([...this.#databases.values()].map((database) => database.check()));
    this.#nextPrepare = 0;
    this.tick(this.#clock());
    await withPatience(this.#targets.lookUpAll(), LOAD_PATIENCE);
  }

  /** About ten times a second. `now`: milliseconds since the epoch. */
  tick(now: number): void {
    if (now >= this.#nextPrepare) {
      this.#nextPrepare = now + PREPARE_INTERVAL;
      this.peek(() => {
        for (const alias of this.#aliases) alias.prepare(now);
      });
    }
    this.#targets.tick(now);
    for (const database of this.#databases.values()) database.tick(now);
  }

  /** No lookups any more. Answers go on as they stand. */
  stop(): void {
    this.#targets.stop();
  }

  /** Asks whatever is asked by `ask` without taking anybody's turn. */
  peek<T>(ask: () => T): T {
    return this.#turns.pause(ask);
  }

  /** From the query to its answer, by the code that answers; null: the name is not steered. */
  explain(query: DnsQuery, client: DnsClient, subnet: ClientSubnet | null, now: number): SteeringStep[] | null {
    const zone = this.#zones.find(query);
    const answer = zone === null ? null : steeringOf(zone, query.name.slice(0, query.nameLength));
    return answer?.explain(query, client, subnet, now) ?? null;
  }

  /** A sentence for each name and each database. */
  describe(): ReadonlyArray<{ readonly name: string; readonly text: string }> {
    return [
      ...this.#names.map(({ text, answer }) => ({ name: text, text: answer.describe() })),
      ...[...this.#databases].map(([path, database]) => ({ name: path, text: database.describe() })),
    ];
  }

  #compile(options: NameOptions, databases: Databases, health: HealthView): ExplainedAnswer {
    if (!isAlias(options)) return compileAddressOptions(options, databases, health, this.#turns);
    const bounds = {
      minimum: readSteeredTtl(options.minimumTtl ?? DEFAULT_ALIAS_MINIMUM),
      maximum: readSteeredTtl(options.maximumTtl ?? DEFAULT_ALIAS_MAXIMUM),
    };
    return new AliasAnswer(readName(options.alias) as Uint8Array, this.#zones, this.#targets, bounds);
  }

  #isOfDeeperZone(name: Uint8Array, { data }: AuthoritativeZone): boolean {
    for (let at = 0; name.length - at > data.apex.length; at += name[at]! + 1) {
      if (this.#zones.get(name.slice(at)) !== null) return true;
    }
    return false;
  }
}

function openDatabases(files: DatabaseOptions, before: ReadonlyMap<string, GeoDatabase>): Map<string, GeoDatabase> {
  const databases = new Map<string, GeoDatabase>();
  for (const path of [files.place, files.asn]) {
    if (path !== undefined) databases.set(path, before.get(path) ?? new GeoDatabase(path));
  }
  return databases;
}

async function withPatience(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
