/** What the DNS part says of keys, pools and zones by their names. As `references.ts`: on the config as it was written. */
import { nearestWord } from "./nearest.ts";
import type { ConfigPath, ConfigProblem } from "./problem.ts";
import { canSign } from "./schema-dns-server.ts";
import { show } from "./schema-value.ts";
import type { Source } from "./source.ts";
import { readZoneKey } from "./zone-key.ts";

type Fields = Readonly<Record<string, unknown>>;

export function dnsReferenceProblems(config: unknown, source: Source): ConfigProblem[] {
  const root = fieldsOf(config);
  const dns = fieldsOf(root.dns);
  const zones = fieldsOf(dns.zones);
  const pools = Object.keys(fieldsOf(root.pools));
  const finder = new Finder(source, fieldsOf(dns.keys), pools, Object.keys(zones));
  for (const [name, zone] of Object.entries(zones)) finder.zone(["dns", "zones", name], fieldsOf(zone));
  if (root.dns === undefined) finder.dohRoutes(root.routes);
  return finder.problems;
}

class Finder {
  readonly problems: ConfigProblem[] = [];
  readonly #source: Source;
  readonly #keys: Fields;
  readonly #pools: readonly string[];
  readonly #zones: readonly string[];

  constructor(source: Source, keys: Fields, pools: readonly string[], zones: readonly string[]) {
    this.#source = source;
    this.#keys = keys;
    this.#pools = pools;
    this.#zones = zones;
  }

  zone(path: ConfigPath, zone: Fields): void {
    const { allow, notify } = fieldsOf(zone.transfer);
    const { primaries, allowNotify } = fieldsOf(zone.secondary);
    this.#keysOf([...path, "transfer", "allow"], allow, false);
    this.#keysOf([...path, "transfer", "notify"], notify, true);
    this.#keysOf([...path, "secondary", "primaries"], primaries, true);
    this.#keysOf([...path, "secondary", "allowNotify"], allowNotify, false);
    this.#reverse([...path, "reverse"], zone.reverse);
    for (const [name, steered] of Object.entries(fieldsOf(zone.steering))) {
      for (const [pop, options] of Object.entries(fieldsOf(fieldsOf(steered).pops))) {
        this.#pop([...path, "steering", name, "pops", pop], fieldsOf(options));
      }
    }
  }

  dohRoutes(routes: unknown): void {
    for (const [index, route] of listOf(routes).entries()) {
      if (fieldsOf(route).doh !== true) continue;
      this.#add(["routes", index, "doh"], true, "there are no zones that could answer", "zones below dns.zones");
    }
  }

  /** `signs`: the key is for messages that are made here. */
  #keysOf(path: ConfigPath, list: unknown, signs: boolean): void {
    for (const [index, entry] of listOf(list).entries()) {
      const { key } = fieldsOf(entry);
      if (typeof key !== "string") continue;
      const names = Object.keys(this.#keys);
      // RFC 8945 §4.2: names of keys are domain names.
      const found = names.find((name) => plainName(name) === plainName(key));
      const at = [...path, index, "key"];
      if (found === undefined) {
        const expected =
          names.length === 0 ? "a key below dns.keys, of which there is none" : `one of ${names.join(", ")}`;
        this.#add(at, key, `no key named ${show(key)}`, expected, nearestWord(key, names));
        continue;
      }
      const { algorithm } = fieldsOf(this.#keys[found]);
      if (signs && typeof algorithm === "string" && algorithm === "hmac-sha1" && !canSign(algorithm)) {
        this.#add(at, key, `${algorithm} is too weak to sign with`, "a key with hmac-sha256");
      }
    }
  }

  #reverse(path: ConfigPath, value: unknown): void {
    const list = typeof value === "string" ? [value] : listOf(value);
    for (const [index, name] of list.entries()) {
      if (typeof name !== "string") continue;
      const read = readZoneKey(name);
      if (typeof read === "string") continue;
      const others = this.#zones.filter((key) => {
        const zone = readZoneKey(key);
        return typeof zone !== "string" && zone.prefix === null;
      });
      if (others.some((key) => plainName(key) === plainName(name))) continue;
      const at = typeof value === "string" ? path : [...path, index];
      this.#add(at, name, `no zone named ${show(name)}`, `one of ${others.join(", ")}`, nearestWord(name, others));
    }
  }

  #pop(path: ConfigPath, pop: Fields): void {
    this.#pool([...path, "health"], pop.health);
    this.#pool([...path, "load"], pop.load);
    for (const [index, address] of listOf(pop.addresses).entries()) {
      this.#pool([...path, "addresses", index, "health"], fieldsOf(address).health);
    }
  }

  #pool(path: ConfigPath, name: unknown): void {
    const pools = this.#pools;
    if (typeof name !== "string" || pools.includes(name)) return;
    const expected = pools.length === 0 ? "a pool below pools, of which there is none" : `one of ${pools.join(", ")}`;
    this.#add(path, name, `no pool named ${show(name)}`, expected, nearestWord(name, pools));
  }

  #add(path: ConfigPath, value: unknown, message: string, expected: string, nearest?: string): void {
    const found = this.#source.problem(this.#source.locate(path), { path, value, message, expected });
    this.problems.push(nearest === undefined ? found : { ...found, nearest });
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
