/** `roundtrip dns key rollover`: another key in the place of one, step by step, so that the zone validates all the time. */
import { dirname } from "node:path";
import { settleRoles } from "../dns/dnssec/key-file.ts";
import { stateOf, type TimedKey } from "../dns/dnssec/key-times.ts";
import { planRollover, rollover, ROLLOVER_POLICY, type RolloverPolicy, type Step } from "../dns/dnssec/rollover.ts";
import { generateKey, type KeyRole } from "../dns/dnssec/signing-key.ts";
import { formatName } from "../dns/wire/name.ts";
import { painter, printable, type TerminalStyle, wrap } from "../explain/text-layout.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { ALGORITHMS, readKey, replaceKey, writeKey, zoneArgument, zoneOfKey } from "./dns-key-files.ts";
import { terminalStyle } from "./terminal-style.ts";

export interface RolloverOptions {
  /** Make the successor now; without it what is planned already is shown. */
  readonly begin?: boolean;
  readonly role?: KeyRole;
  /** Of the new keys; another than the old ones have is for all keys of the zone at once. */
  readonly algorithm?: string;
  /** Seconds. */
  readonly zoneTtl?: number;
  readonly dsTtl?: number;
  readonly registration?: number;
  readonly json?: boolean;
}

interface KeyOfFile {
  readonly file: string;
  readonly key: TimedKey;
}

export function rolloverCommand(zone: string, files: readonly string[], options: RolloverOptions): ExitCode {
  const apex = zoneArgument(zone);
  const now = Math.floor(Date.now() / 1000);
  const { zoneTtl = ROLLOVER_POLICY.zoneTtl, dsTtl = ROLLOVER_POLICY.dsTtl } = options;
  const policy = {
    ...ROLLOVER_POLICY,
    zoneTtl,
    dsTtl,
    registration: options.registration ?? ROLLOVER_POLICY.registration,
  };
  const read = settleRoles(files.map(readKey));
  let keys = files.map((file, index): KeyOfFile => ({ file, key: read[index]! }));
  for (const { file } of keys) refuseOther(file, apex);
  if (options.begin === true) keys = begin(apex, keys, options, now, policy);
  const timed = keys.map(({ key }) => key);
  const steps = rollover(apex, timed, now, policy);
  if (options.json === true) {
    const shown = keys.map(({ file, key }) => ({
      file,
      tag: key.key.tag,
      role: key.key.role,
      state: stateOf(key, now),
      times: key.times,
    }));
    process.stdout.write(`${JSON.stringify({ zone: formatName(apex), keys: shown, steps }, null, 2)}\n`);
  } else {
    process.stdout.write(renderRollover(keys, steps, now, options.begin === true, terminalStyle()));
  }
  return ExitCode.ok;
}

function refuseOther(file: string, apex: Uint8Array): void {
  const zone = zoneOfKey(file);
  if (Buffer.compare(zone, apex) === 0) return;
  throw new CommandFailure(
    `${file} is a key of ${formatName(zone)}`,
    `Name the key files of ${formatName(apex)} alone.`,
  );
}

/** Makes the successors and writes all, the successors first: a key that is named in no config does nothing. */
function begin(
  apex: Uint8Array,
  keys: readonly KeyOfFile[],
  { role, algorithm }: RolloverOptions,
  now: number,
  policy: RolloverPolicy,
): KeyOfFile[] {
  const wanted = algorithm === undefined ? undefined : ALGORITHMS[algorithm];
  const others = keys.filter((one) => isCurrent(one, now) && one.key.key.algorithm !== wanted);
  // RFC 4035 §2.2: each algorithm signs everything, so that another one is for all roles at once.
  const replaced = wanted === undefined || others.length === 0 ? [currentKey(keys, role, now)] : others;
  for (const { file } of replaced) {
    if (!file.endsWith(".private")) continue;
    throw new CommandFailure(
      `${file} is BIND's: its times cannot be changed here`,
      "Begin the rollover with dnssec-settime and dnssec-keygen -S.",
    );
  }
  const plans = replaced.map((one) => {
    const { key } = one.key;
    return { one, ...planRollover(one.key, generateKey(wanted ?? key.algorithm, key.role), now, policy) };
  });
  const files = plans.map(({ one, successor }) => writeKey(dirname(one.file), apex, successor));
  for (const { one, current } of plans) replaceKey(one.file, apex, current);
  return [
    ...plans.flatMap(({ one, current, successor }, index) => [
      { file: one.file, key: current },
      { file: files[index]!, key: successor },
    ]),
    ...keys.filter((key) => !replaced.includes(key)),
  ];
}

/** It signs and has no successor yet. */
function isCurrent({ key }: KeyOfFile, now: number): boolean {
  return stateOf(key, now) === "active" && key.times.retire === undefined;
}

/** The one that signs and has no successor yet. */
function currentKey(keys: readonly KeyOfFile[], role: KeyRole | undefined, now: number): KeyOfFile {
  const fit = keys.filter(({ file, key }) => {
    const wanted = role === undefined || key.key.role === role;
    return wanted && isCurrent({ file, key }, now);
  });
  const [only] = fit;
  if (only !== undefined && fit.length === 1) return only;
  if (only === undefined) {
    throw new CommandFailure(
      "none of these keys signs and has no successor yet",
      "Without --begin the steps of the rollover that is under way are shown.",
    );
  }
  const roles = fit.map(({ key }) => `${key.key.role} ${key.key.tag}`).join(", ");
  throw new CommandFailure(`several keys could be replaced: ${roles}`, "Choose with --role, or name fewer files.");
}

function renderRollover(
  keys: readonly KeyOfFile[],
  steps: readonly Step[],
  now: number,
  began: boolean,
  style: TerminalStyle,
): string {
  const paint = painter(style);
  const lines = keys.map(
    ({ file, key }) => `${file}  ${key.key.role.toUpperCase()} ${key.key.tag}, ${stateOf(key, now)}`,
  );
  lines.push("");
  if (began) lines.push(...wrap(BEGUN, style.width), "");
  if (steps.length === 0) lines.push("No rollover is under way, and none is due.");
  for (const { at, words, past } of steps) {
    const when = new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ");
    const text = stepLines(printable(words, style.unicode), style.width - INDENT);
    text.forEach((line, index) => {
      lines.push(`${index === 0 ? paint(past ? "dim" : "bold", when) : " ".repeat(when.length)}  ${line}`);
    });
  }
  return `${lines.join("\n")}\n`;
}

/** A DS record stands on a line of its own, however long, since it is there to be copied. */
function stepLines(words: string, width: number): string[] {
  const parts = /^(.*: )(DS \d+ \d+ \d+ [0-9A-Fa-f]+); (.*)$/.exec(words);
  if (parts === null) return wrap(words, width);
  return [...wrap(parts[1]!.trimEnd(), width), `  ${parts[2]!}`, ...wrap(parts[3]!, width)];
}

/** Date and time, and two spaces. */
const INDENT = 18;

const BEGUN =
  "Name the new file in the zone's dnssec beside the old one, and reload. The edge then does every step at its time (UTC) by itself, but for what the parent has to do.";
