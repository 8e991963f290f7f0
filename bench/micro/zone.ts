/**
 * What a zone of half a million records costs to load: `npx bun bench/micro/zone.ts`.
 * Each size is loaded in a process of its own, so that the memory is that of one load.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zoneFromFile } from "../../src/dns/store/zone-from-file.ts";
import { parseName } from "../../src/dns/wire/name.ts";

const SIZES = [10_000, 500_000];
const APEX = parseName("big.test.") as Uint8Array;

function zoneText(records: number): string {
  const lines = ["$TTL 300", "@ IN SOA ns1 host 1 2h 1h 2w 300", "@ IN NS ns1", "ns1 IN A 192.0.2.1"];
  for (let host = 0; host < records; host++) {
    lines.push(`host${host} IN A 10.${(host >> 16) & 255}.${(host >> 8) & 255}.${host & 255}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The longest time in milliseconds for which nothing else could run. */
function watchStalls(): () => number {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

async function measure(path: string): Promise<void> {
  Bun.gc(true);
  const resident = process.memoryUsage.rss();
  const stalls = watchStalls();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { zone, problems } = await zoneFromFile(path, APEX);
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const stall = stalls();
  if (zone === null) throw new Error(problems[0]!.message);
  Bun.gc(true);
  const memory = (process.memoryUsage.rss() - resident) / 1e6;
  console.log(
    `${zone.recordCount} records: ${took.toFixed(0)} ms, CPU ${((user + system) / 1000).toFixed(0)} ms, ` +
      `longest stall ${stall.toFixed(0)} ms, memory +${memory.toFixed(0)} MB`,
  );
}

const [path] = process.argv.slice(2);
if (path !== undefined) {
  await measure(path);
} else {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-zone-"));
  for (const size of SIZES) {
    const file = join(folder, `${size}.zone`);
    writeFileSync(file, zoneText(size));
    Bun.spawnSync([process.execPath, import.meta.path, file], { stdio: ["ignore", "inherit", "inherit"] });
  }
  rmSync(folder, { recursive: true });
}
