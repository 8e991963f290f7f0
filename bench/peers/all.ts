import { caddy } from "./caddy.ts";
import { haproxy, haproxy32k } from "./haproxy.ts";
import { nginx, nginxPlain } from "./nginx.ts";
import { fastify, httpProxy3 } from "./npm.ts";
import type { Peer } from "./peer.ts";
import { roundtrip, roundtripBun, roundtripTraceOff } from "./roundtrip.ts";
import { varnish } from "./varnish.ts";

/** In the order of the tables; the first that runs is what the others are compared with. */
export const peers: readonly Peer[] = [
  roundtrip,
  roundtripBun,
  roundtripTraceOff,
  nginx,
  nginxPlain,
  haproxy,
  haproxy32k,
  caddy,
  varnish,
  httpProxy3,
  fastify,
];
