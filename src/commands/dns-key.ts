/** `roundtrip dns key create` and `ds`: keys that sign zones, and what the parent must know of them. */
import { resolve } from "node:path";
import { generateKey, type KeyRole, type SigningKey } from "../dns/dnssec/signing-key.ts";
import { dsLines } from "../dns/dnssec/zone-keys.ts";
import { formatName } from "../dns/wire/name.ts";
import { painter, wrap } from "../explain/text-layout.ts";
import { ExitCode } from "./command-failure.ts";
import { ALGORITHMS, algorithmWords, readKey, writeKey, zoneArgument, zoneOfKey } from "./dns-key-files.ts";
import { terminalStyle } from "./terminal-style.ts";

export interface CreateKeyOptions {
  readonly algorithm: string;
  readonly role: KeyRole;
  readonly folder: string;
  readonly json?: boolean;
}

export function createKey(zone: string, options: CreateKeyOptions): ExitCode {
  const apex = zoneArgument(zone);
  const key = generateKey(ALGORITHMS[options.algorithm]!, options.role);
  const file = writeKey(options.folder, apex, { key, times: {} });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ file, ...keyJson(apex, key) }, null, 2)}\n`);
    return ExitCode.ok;
  }
  const style = terminalStyle();
  const paint = painter(style);
  const [ds] = dsLines(apex, [key]);
  const lines = [
    `${paint("bold", file)}  ${key.role.toUpperCase()} ${key.tag} of ${formatName(apex)}, ${algorithmWords(key.algorithm)}`,
    "",
    `Sign the zone with it: in the config, below dns.zones."${formatName(apex).replace(/\.$/, "")}", write`,
    // Wherever the config lies: what it names without a folder is looked for beside it.
    `  dnssec: [${JSON.stringify(resolve(file))}]`,
    ...(ds === undefined
      ? ["", ...wrap("It signs the zone's records; a KSK beside it signs the keys.", style.width)]
      : ["", ...wrap(WHEN_TO_TELL, style.width), `  ${ds}`]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return ExitCode.ok;
}

const WHEN_TO_TELL =
  "When all servers of the zone serve it signed, and for as long as its largest TTL, have the parent (the registrar) add:";

export interface DsOptions {
  readonly zone?: string;
  readonly json?: boolean;
}

/** The records alone, so that they can be piped. */
export function printDs(files: readonly string[], options: DsOptions): ExitCode {
  const found = files.map((file) => {
    const { key } = readKey(file);
    const apex = options.zone === undefined ? zoneOfKey(file) : zoneArgument(options.zone);
    return { apex, key };
  });
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify(
        found.map(({ apex, key }) => keyJson(apex, key)),
        null,
        2,
      )}\n`,
    );
    return ExitCode.ok;
  }
  const lines = found.flatMap(({ apex, key }) => dsLines(apex, [key]));
  if (lines.length === 0) {
    process.stderr.write("A ZSK has no DS: the parent names the key that signs the keys.\n");
    return ExitCode.fault;
  }
  process.stdout.write(`${lines.join("\n")}\n`);
  return ExitCode.ok;
}

function keyJson(apex: Uint8Array, key: SigningKey): object {
  const { role, tag, algorithm } = key;
  return { zone: formatName(apex), role, tag, algorithm, ds: dsLines(apex, [key])[0] ?? null };
}
