/** The verbs about the name server. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { ttlOf } from "../dns/store/ttl.ts";
import { answerTimeout, type EdgeOptions, edgeOptions, examples } from "./cli-options.ts";
import type { CreateKeyOptions, DsOptions } from "./dns-key.ts";
import type { SignOptions } from "./dns-sign.ts";
import type { RolloverOptions } from "./dns-rollover.ts";

type Done = (code: number) => void;

export function addDnsVerbs(program: Command, done: Done): void {
  const group = program
    .command("dns")
    .usage("zones|reload|key|sign …")
    .description("zones of the running edge, and the keys that sign zones")
    .addHelpText(
      "after",
      examples(
        "roundtrip dns zones",
        "roundtrip dns reload shop.test",
        "roundtrip dns key create shop.test",
        "roundtrip dns key ds Kshop.test.+013+04711.pem",
        "roundtrip dns key rollover shop.test Kshop.test.*.pem --begin",
        "roundtrip dns key rollover shop.test K*.pem --begin --algorithm ed25519",
      ),
    );
  addZones(group, done);
  addReload(group, done);
  addSign(group, done);
  const key = group
    .command("key")
    .usage("create|ds|rollover …")
    .description("DNSSEC keys")
    .addHelpText("after", examples("roundtrip dns key create shop.test --role ksk"));
  addCreate(key, done);
  addDs(key, done);
  addRollover(key, done);
}

function addZones(group: Command, done: Done): void {
  answerTimeout(
    edgeOptions(group.command("zones").description("every zone: its serial, its records, what is wrong with it")),
  )
    .addHelpText("after", examples("roundtrip dns zones", "roundtrip dns zones --json"))
    .action(async (options: EdgeOptions) => {
      const { dnsZones } = await import("./dns-zones.ts");
      done(await dnsZones(options));
    });
}

function addReload(group: Command, done: Done): void {
  const command = group
    .command("reload")
    .description("read zones again now, and ask the primaries of those that are fetched")
    .argument("[zone...]", "their names, e.g. shop.test (default: all)")
    .option("--force", "also a zone file that has lost more names than dns.files.maxLoss allows");
  answerTimeout(edgeOptions(command))
    .addHelpText("after", examples("roundtrip dns reload", "roundtrip dns reload shop.test --force"))
    .action(async (zones: string[], options: EdgeOptions & { readonly force?: boolean }) => {
      const { dnsReload } = await import("./dns-reload.ts");
      done(await dnsReload(zones, options));
    });
}

function addSign(group: Command, done: Done): void {
  group
    .command("sign")
    .description("sign a zone file, for servers without the private key")
    .argument("<zone>", "its name, e.g. shop.test")
    .argument("<file>", "the zone file")
    .requiredOption("--key <file...>", "key files")
    .option("--validity <ttl>", "how long the signatures hold (default: 2w)", parseTtl)
    .option("--output <file>", "where the signed zone is written (default: standard output)")
    .addHelpText("after", examples("roundtrip dns sign shop.test shop.zone --key K*.pem --output shop.signed"))
    .action(async (zone: string, file: string, options: SignOptions) => {
      const { sign } = await import("./dns-sign.ts");
      done(await sign(zone, file, options));
    });
}

function addCreate(key: Command, done: Done): void {
  key
    .command("create")
    .description("make a key for a zone")
    .argument("<zone>", "its name, e.g. shop.test")
    .addOption(
      new Option("--algorithm <algorithm>", "what it signs with")
        .choices(["ecdsa-p256", "ed25519"])
        .default("ecdsa-p256"),
    )
    .addOption(roleOption("what it signs: the keys, the zone, or both").default("csk"))
    .option("--folder <folder>", "where it is written", ".")
    .option("--json", "JSON output")
    .addHelpText(
      "after",
      examples(
        "roundtrip dns key create shop.test",
        "roundtrip dns key create shop.test --role zsk --algorithm ed25519",
      ),
    )
    .action(async (zone: string, options: CreateKeyOptions) => {
      const { createKey } = await import("./dns-key.ts");
      done(createKey(zone, options));
    });
}

function addDs(key: Command, done: Done): void {
  key
    .command("ds")
    .description("the DS records for the parent of a zone")
    .argument("<file...>", "key files")
    .option("--zone <zone>", "whose key it is (default: what the file says)")
    .option("--json", "JSON output")
    .addHelpText("after", examples("roundtrip dns key ds Kshop.test.+013+04711.pem"))
    .action(async (files: string[], options: DsOptions) => {
      const { printDs } = await import("./dns-key.ts");
      done(printDs(files, options));
    });
}

function addRollover(key: Command, done: Done): void {
  key
    .command("rollover")
    .description("the steps of a key rollover and their times, or begin one with a new key")
    .argument("<zone>", "its name, e.g. shop.test")
    .argument("<file...>", "all its key files")
    .option("--begin", "make the new key now")
    .addOption(roleOption("which key gets a successor"))
    .addOption(
      new Option(
        "--algorithm <algorithm>",
        "what the new key signs with; another than before is for all keys at once",
      ).choices(["ecdsa-p256", "ed25519"]),
    )
    .option("--zone-ttl <ttl>", "the largest TTL in the zone (default: 1d)", parseTtl)
    .option("--ds-ttl <ttl>", "TTL of the DS at the parent (default: 1d)", parseTtl)
    .option(
      "--registration <ttl>",
      "until the parent has taken a DS and all its servers have it (default: 1d)",
      parseTtl,
    )
    .option("--json", "JSON output")
    .addHelpText(
      "after",
      examples(
        "roundtrip dns key rollover shop.test Kshop.test.+013+04711.pem",
        "roundtrip dns key rollover shop.test Kshop.test.*.pem --begin --role zsk",
      ),
    )
    .action(async (zone: string, files: string[], options: RolloverOptions) => {
      const { rolloverCommand } = await import("./dns-rollover.ts");
      done(rolloverCommand(zone, files, options));
    });
}

function roleOption(description: string): Option {
  return new Option("--role <role>", description).choices(["ksk", "zsk", "csk"]);
}

function parseTtl(text: string): number {
  const seconds = ttlOf(text);
  if (seconds < 0) throw new InvalidArgumentError('Give seconds, or text such as "1h" or "2d".');
  return seconds;
}
