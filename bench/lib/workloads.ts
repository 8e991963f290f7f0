/**
 * What is measured. A workload is a request, sent by so many connections, to peers with so many routes.
 */
export interface Workload {
  name: string;
  title: string;
  /** Size of the peers' route table; workloads of one size share the started peers. */
  routes: number;
  path: string;
  connections: number;
  fields?: readonly string[];
  /** Body of a POST, in bytes. */
  post?: number;
  /** Body of the reply, in bytes. */
  reply: number;
  /** Requests a second, open loop (rate.c). Without it: as many as go, closed loop (wrk). */
  rate?: number;
}

/** What a browser sends: about 450 bytes. */
const BROWSER_FIELDS = [
  "Cookie: a=b; session=0123456789abcdef0123456789abcdef",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.9",
  "Accept-Encoding: gzip, deflate, br",
  "Referer: http://localhost/abc/def",
];

const KIB = 1024;

export const workloads: readonly Workload[] = [
  { name: "get-1k-1", title: "GET 1 KiB, 1 connection", routes: 100, path: "/", connections: 1, reply: KIB },
  { name: "get-1k-64", title: "GET 1 KiB, 64 connections", routes: 100, path: "/", connections: 64, reply: KIB },
  { name: "get-1k-512", title: "GET 1 KiB, 512 connections", routes: 100, path: "/", connections: 512, reply: KIB },
  { name: "get-64k", title: "GET 64 KiB, 64 connections", routes: 100, path: "/64k", connections: 64, reply: 64 * KIB },
  { name: "get-1m", title: "GET 1 MiB, 16 connections", routes: 100, path: "/1m", connections: 16, reply: KIB * KIB },
  {
    name: "post-64k",
    title: "POST 64 KiB, 64 connections",
    routes: 100,
    path: "/post",
    connections: 64,
    post: 64 * KIB,
    reply: 3,
  },
  {
    name: "close",
    title: "a connection per request, 64 at a time",
    routes: 100,
    path: "/",
    connections: 64,
    fields: ["Connection: close"],
    reply: KIB,
  },
  {
    name: "rate-5000",
    title: "GET 20 KiB, 5,000 a second",
    routes: 100,
    path: "/20k",
    connections: 64,
    reply: 20 * KIB,
    rate: 5000,
  },
  {
    name: "routes-10",
    title: "10 routes, browser's fields",
    routes: 10,
    path: "/app5/sub5/x/y?z=1",
    connections: 64,
    fields: BROWSER_FIELDS,
    reply: KIB,
  },
  {
    name: "routes-10000",
    title: "10,000 routes, browser's fields",
    routes: 10_000,
    path: "/app5000/sub5000/x/y?z=1",
    connections: 64,
    fields: BROWSER_FIELDS,
    reply: KIB,
  },
];

/** The prefixes of a route table of that size; "/" is the last route and takes everything else. */
export function routePrefixes(routes: number): string[] {
  return Array.from({ length: routes - 1 }, (_, n) => `/app${n}/sub${n}/`);
}
