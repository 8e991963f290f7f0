/** What the parts of `dns` say of each other beside names: on the config as it was written. */
import { isFields } from "../../schema/check.ts";
import type { ConfigPath, ConfigProblem } from "../../schema/problem.ts";
import type { Source } from "../../schema/source.ts";
import { canSign } from "./schema-dns-server.ts";
import { plainName } from "./zone-key.ts";

type Fields = Readonly<Record<string, unknown>>;

export function dnsReferenceProblems(config: unknown, source: Source): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report = (path: ConfigPath, value: unknown, message: string, expected: string): void => {
    problems.push(source.problem(source.locate(path), { path, value, message, expected }));
  };
  const root = fieldsOf(config);
  const dns = fieldsOf(root["dns"]);
  const weak = weakKeys(fieldsOf(dns["keys"]));
  for (const [name, part] of Object.entries(fieldsOf(dns["zones"]))) {
    const { transfer, secondary } = fieldsOf(part);
    const path = ["dns", "zones", name];
    // Messages that are made here are signed with these.
    const lists: Array<[ConfigPath, unknown]> = [
      [[...path, "transfer", "notify"], fieldsOf(transfer)["notify"]],
      [[...path, "secondary", "primaries"], fieldsOf(secondary)["primaries"]],
    ];
    for (const [at, list] of lists) {
      for (const [index, entry] of listOf(list).entries()) {
        const { key } = fieldsOf(entry);
        const algorithm = typeof key === "string" ? weak.get(plainName(key)) : undefined;
        if (algorithm === undefined) continue;
        report([...at, index, "key"], key, `${algorithm} is too weak to sign with`, "a key with hmac-sha256");
      }
    }
  }
  if (root["dns"] === undefined) {
    for (const [index, route] of listOf(root["routes"]).entries()) {
      if (fieldsOf(route)["doh"] !== true) continue;
      report(["routes", index, "doh"], true, "there are no zones that could answer", "zones below dns.zones");
    }
  }
  return problems;
}

/** Algorithms by the plain names of keys with which nothing is signed here. */
function weakKeys(keys: Fields): Map<string, string> {
  const weak = new Map<string, string>();
  for (const [name, key] of Object.entries(keys)) {
    const { algorithm } = fieldsOf(key);
    if (algorithm === "hmac-sha1" && !canSign(algorithm)) weak.set(plainName(name), algorithm);
  }
  return weak;
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
