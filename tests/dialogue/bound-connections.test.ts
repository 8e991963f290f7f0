/** Connections to an upstream that a client has authenticated on (NTLM, Negotiate): nobody else's request goes there. */
import { describe } from "bun:test";

import { dialogue, type Dialogue } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];

function challenge(scheme: string): readonly string[] {
  return ["HTTP/1.1 401 Unauthorized", `WWW-Authenticate: ${scheme}`, "Content-Length: 0", "", ""];
}

function authorised(scheme: string): readonly string[] {
  return ["GET / HTTP/1.1", "Host: h", `Authorization: ${scheme} TlRMTVNTUAAB`, "", ""];
}

/** Client A authenticates on the first connection to the upstream. */
function authenticates({ client, upstreams }: Dialogue, scheme: string): void {
  const [a, first] = [client, upstreams(0)];
  a.says(...GET);
  first.gets(...GET);
  first.says(...challenge(scheme));
  a.gets(...challenge(scheme));
  a.says(...authorised(scheme));
  first.gets(...authorised(scheme));
  first.says(...OK);
  a.gets(...OK);
}

for (const scheme of ["NTLM", "Negotiate", "negotiate"]) {
  describe(`behind ${scheme}`, () => {
    dialogue(`${scheme}: another client's request goes on a connection of its own`, {}, (d) => {
      authenticates(d, scheme);
      const b = d.another();
      b.says(...GET);
      d.upstreams(1).gets(...GET);
      d.upstreams(0).getsNothing();
      d.upstreams(1).says(...OK);
      b.gets(...OK);
    });

    dialogue(`${scheme}: the client's own requests stay on it, and it ends with the client`, {}, (d) => {
      authenticates(d, scheme);
      const [a, first] = [d.client, d.upstreams(0)];
      a.says(...GET);
      first.gets(...GET);
      first.says(...OK);
      a.gets(...OK);
      a.ends();

      first.sees("closed");
    });
  });
}

describe("a bound connection", () => {
  dialogue("is the client's also when it authenticates without being asked", {}, (d) => {
    const [a, b] = [d.client, d.another()];
    a.says(...authorised("Negotiate"));
    d.upstreams(0).gets(...authorised("Negotiate"));
    d.upstreams(0).says(...OK);
    a.gets(...OK);
    b.says(...GET);
    d.upstreams(1).gets(...GET);
    d.upstreams(1).says(...OK);
    b.gets(...OK);
  });

  dialogue("that the upstream closes is followed by another one", {}, (d) => {
    authenticates(d, "NTLM");
    d.upstreams(0).ends();
    const a = d.client;
    a.says(...GET);
    d.upstreams(1).gets(...GET);
    d.upstreams(1).says(...OK);
    a.gets(...OK);
  });

  dialogue("is shared with Basic, which authenticates the request", {}, (d) => {
    const { client, upstream } = d;
    const b = d.another();
    client.says(...authorised("Basic"));
    upstream.gets(...authorised("Basic"));
    upstream.says(...challenge('Basic realm="NTLM"'));
    client.gets(...challenge('Basic realm="NTLM"'));
    b.says(...GET);
    upstream.gets(...GET);
    upstream.says(...OK);
    b.gets(...OK);
  });
});
