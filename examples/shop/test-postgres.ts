/** A PostgreSQL server of a test's own: in a temporary directory, on a free port, gone afterwards. */
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const DEBIAN_PROGRAMS = "/usr/lib/postgresql";
const START_TIMEOUT = 15_000;

export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** The directory of the newest PostgreSQL's programs, or null when none is installed. */
export function findPostgres(): string | null {
  if (!existsSync(DEBIAN_PROGRAMS)) return null;
  const [newest] = readdirSync(DEBIAN_PROGRAMS).toSorted((a, b) => Number(b) - Number(a));
  const programs = join(DEBIAN_PROGRAMS, newest ?? "", "bin");
  return existsSync(join(programs, "initdb")) ? programs : null;
}

/** `programs`: from `findPostgres`. @throws with what PostgreSQL said when it does not start. */
export async function startPostgres(programs: string): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), "roundtrip-postgres-"));
  // PostgreSQL refuses to run as root.
  const asUser = userInfo().uid === 0 ? ["runuser", "-u", "postgres", "--"] : [];
  if (asUser.length > 0) {
    const id = Bun.spawnSync(["id", "-u", "postgres"]).stdout.toString().trim();
    chownSync(directory, Number(id), -1);
  }
  const data = join(directory, "data");
  const initdb = [join(programs, "initdb"), "-D", data, "-U", "shop", "--auth=trust", "--no-sync", "-E", "UTF8"];
  await run([...asUser, ...initdb]);

  const port = freePort();
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${directory}`, "fsync=off"];
  const server = Bun.spawn(
    [...asUser, join(programs, "postgres"), "-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    { stdout: "ignore", stderr: Bun.file(join(directory, "log")) },
  );
  const stop = async (): Promise<void> => {
    // Through pg_ctl: a signal to runuser would end it and leave the server.
    await run([...asUser, join(programs, "pg_ctl"), "-D", data, "-m", "immediate", "stop"]).catch(() => undefined);
    await server.exited;
    rmSync(directory, { recursive: true, force: true });
  };

  const deadline = performance.now() + START_TIMEOUT;
  const isReady = [join(programs, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", String(port)];
  while ((await Bun.spawn(isReady).exited) !== 0) {
    if (server.exitCode !== null || performance.now() > deadline) {
      const log = await Bun.file(join(directory, "log")).text();
      await stop();
      throw new Error(`PostgreSQL did not start:\n${log}`);
    }
    await Bun.sleep(30);
  }
  return { url: `postgres://shop:secret@127.0.0.1:${port}/postgres`, stop };
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { cwd: "/", stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${said}`);
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
