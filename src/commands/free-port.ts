/** How many ports are tried upward from the first. */
const TRIES = 100;

/** The first port from `first` upward that nobody listens on at `host`. @throws when there is none within 100. */
export function freePort(host: string, first: number): number {
  const last = Math.min(first + TRIES - 1, 65_535);
  for (let port = first; port <= last; port += 1) {
    if (isFree(host, port)) return port;
  }
  throw new Error(`Every port from ${first} to ${last} on ${host} is taken. Give another one with --port.`);
}

/** The same for UDP and TCP, as name servers need it. */
export async function freeNamePort(host: string, first: number): Promise<number> {
  let port = freePort(host, first);
  while (!(await isFreeForUdp(host, port))) port = freePort(host, port + 1);
  return port;
}

async function isFreeForUdp(hostname: string, port: number): Promise<boolean> {
  try {
    (await Bun.udpSocket({ hostname, port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Listening is the only proof: a connect would also fail on a port that is bound and not yet listened on. */
function isFree(hostname: string, port: number): boolean {
  try {
    Bun.listen({ hostname, port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
