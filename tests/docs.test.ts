/** What the documentation shows must work: its configs compile, its commands exist, its links lead somewhere. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { compile } from "../src/config/compile.ts";
import { loadConfig } from "../src/config/load.ts";
import type { FaultCode } from "../src/contract/fault.ts";
import { FAULTS } from "../src/fault/faults.ts";
import { codeBlocks, headingAnchors, links, type CodeBlock } from "./support/markdown.ts";

const root = join(import.meta.dir, "..");

const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  ...new Bun.Glob("{docs,src,examples,bench,fuzz,tests}/**/*.md").scanSync({ cwd: root, onlyFiles: true }),
]
  .filter((page) => !page.includes("node_modules/") && !page.includes(".work/") && existsSync(join(root, page)))
  .sort();

interface PageBlock extends CodeBlock {
  readonly page: string;
}
const blocks: PageBlock[] = pages.flatMap((page) =>
  codeBlocks(readFileSync(join(root, page), "utf8")).map((block) => ({ page, ...block })),
);

/** A whole config says what is served. Fragments (a pool alone, a type) do not have both. */
function isConfig(block: CodeBlock): boolean {
  if (block.language === "ts") return /\bdefineConfig\(/.test(block.text) && /\bexport default\b/.test(block.text);
  return (block.language === "yaml" || block.language === "json") && /^\s*"?routes"?:/m.test(block.text);
}

describe("configs in the documentation", () => {
  // Inside the project, so that `import … from "roundtrip-edge"` means this very project.
  mkdirSync(join(root, ".roundtrip"), { recursive: true });
  const folder = mkdtempSync(join(root, ".roundtrip/docs-test-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const configs = blocks.filter(isConfig);
  test("there are some", () => {
    expect(configs.length).toBeGreaterThan(1);
  });
  for (const [index, block] of configs.entries()) {
    test(`${block.page}:${block.line} compiles`, async () => {
      const file = join(folder, `config-${index}.${block.language}`);
      writeFileSync(file, block.text);
      // Static roots and error pages must exist; the pages speak of those that their readers have.
      for (const [, path] of block.text.matchAll(/\b(?:static|root):\s*["']?(\.[\w./-]+)/g)) {
        mkdirSync(join(folder, path!), { recursive: true });
      }
      for (const [, page] of block.text.matchAll(/\b(pages\/[\w-]+\.(?:html|json))\b/g)) {
        mkdirSync(join(folder, "pages"), { recursive: true });
        writeFileSync(join(folder, page!), "");
      }
      const plan = compile(await loadConfig(file), { version: 1, previous: null });
      expect(plan.routes.length).toBeGreaterThan(0);
    });
  }
});

describe("commands in the documentation", () => {
  const scripts = Object.keys(
    (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts,
  );
  const lines = blocks
    .filter((block) => block.language === "sh")
    .flatMap((block) =>
      block.text
        .split("\n")
        .map((line, index) => ({ line: line.trim(), at: `${block.page}:${block.line + 1 + index}` })),
    );

  test("npm scripts exist", () => {
    const missing = lines.flatMap(({ line, at }) =>
      [...line.matchAll(/\bnpm (?:run )?([\w:-]+)/g)]
        .map((match) => match[1]!)
        .filter((script) => !["ci", "install"].includes(script) && !scripts.includes(script))
        .map((script) => `${at}: npm ${script}`),
    );
    expect(missing).toEqual([]);
  });

  test("files of the project that they name exist", () => {
    const missing = lines.flatMap(({ line, at }) =>
      [...line.matchAll(/(?<=\s)(?:\.\/)?(?:examples|bench|tests|fuzz|src|scripts)\/[\w./-]+/g)]
        .map((match) => match[0])
        .filter((file) => !existsSync(join(root, file)))
        .map((file) => `${at}: ${file}`),
    );
    expect(missing).toEqual([]);
  });

  test("verbs of roundtrip and their options exist", async () => {
    const used = new Map<string, Array<{ at: string; options: string[] }>>();
    for (const { line, at } of lines) {
      const words = /^(?:npx )?roundtrip ([a-z]\S*)(.*)$/.exec(line);
      if (words === null) continue;
      const options = [...words[2]!.replace(/#.*$/, "").matchAll(/(?<=\s)--[a-z][\w-]*/g)].map((match) => match[0]);
      used.set(words[1]!, [...(used.get(words[1]!) ?? []), { at, options }]);
    }
    expect(used.size).toBeGreaterThan(0);
    for (const [verb, uses] of used) {
      const help = await helpOf(verb);
      expect(help, `${uses[0]!.at}: there is no verb ${verb}`).not.toBeNull();
      const unknown = uses.flatMap(({ at, options }) =>
        options.filter((option) => !help!.includes(option)).map((option) => `${at}: ${verb} ${option}`),
      );
      expect(unknown).toEqual([]);
    }
  }, 60_000);

  /** What `roundtrip VERB --help` prints, or null when there is no such verb. */
  async function helpOf(verb: string): Promise<string | null> {
    const child = Bun.spawn([process.execPath, join(root, "src/main.ts"), verb, "--help"], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const [help, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    return code === 0 && new RegExp(`\\b${verb}\\b`).test(help) ? help : null;
  }
});

test("ARCHITECTURE.md names files and folders that exist", () => {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const named = [
    ...text.matchAll(/\b(?:src|tests|docs|bench|fuzz|examples|scripts|bin)\/[\w./-]*\w\b(?![\w<*-])/g),
  ].map((match) => match[0]);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("the guide to troubleshooting quotes faults as they are told", () => {
  const shown = blocks
    .filter(({ page, language }) => page === "docs/guide/troubleshooting.md" && language === "")
    .map(({ text }) => text.replaceAll(/[│├└─✗✓·\s]+/g, " "))
    .join("");
  const quoted = [
    ...["upstream-unreachable", "queue-timeout", "upstream-first-byte-timeout"].map((code) => `${code} ${title(code)}`),
    ...["upstream-closed", "response-truncated"].map((code) => `The upstream is at fault: ${title(code)}`),
    ...["upstream-closed", "response-truncated"].map((code) => FAULTS[code as FaultCode].remedy),
  ];
  expect(quoted.filter((text) => !shown.includes(text))).toEqual([]);

  /** Without its full stop, before which explanations put the details. */
  function title(code: string): string {
    return FAULTS[code as FaultCode].title.slice(0, -1);
  }
});

describe("links in the documentation", () => {
  for (const page of pages) {
    test(`of ${page} lead somewhere`, () => {
      const broken = links(readFileSync(join(root, page), "utf8")).filter((link) => !leadsSomewhere(page, link));
      expect(broken).toEqual([]);
    });
  }

  function leadsSomewhere(page: string, link: string): boolean {
    if (/^[a-z]+:/.test(link)) return link.startsWith("https://");
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? join(root, page) : join(root, dirname(page), path);
    // A link out of the project works on one machine only.
    if (relative(root, target).startsWith("..") || !existsSync(target)) return false;
    if (anchor === undefined) return true;
    return statSync(target).isFile() && headingAnchors(readFileSync(target, "utf8")).includes(anchor);
  }
});
