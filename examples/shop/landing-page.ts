/** The page at `/`: what there is to try. Plain HTML that needs no script and follows the reader's colour scheme. */

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --accent: light-dark(#0b57d0, #8ab4f8); }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { line-height: 1.2; margin-bottom: .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: var(--accent); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
`;

const TO_OPEN: ReadonlyArray<readonly [path: string, what: string]> = [
  ["/users", "The first users, read from the database by users-1 or users-2"],
  ["/users/7", "One user"],
  ["/orders?user=7", "The orders of a user"],
  ["/orders/42", "One order with its lines: a join over four tables"],
  ["/orders/events", "Server-sent events: one each second"],
  ["/slow?ms=1500", "An answer that takes its time"],
  ["/slow?ms=3000&hold=connection", "Keeps a database connection busy: open it in five tabs and watch the pool wait"],
  ["/fail?status=503", "An answer that fails"],
  ["/big?bytes=10485760", "10 MiB, streamed"],
  ["/hello/you", "A TypeScript function in the edge itself, without a backend"],
  ["/shop", "A redirect to /users"],
  ["/nowhere", "A path that no route matches"],
];

const COMMANDS = `curl -i -X POST 127.0.0.1:8080/users -H 'Content-Type: application/json' \\
  -d '{"name":"Ada","email":"ada@example.org"}'
curl -T some-file -X POST 127.0.0.1:8080/upload
PROGRAM explain http://127.0.0.1:8080/orders/42
PROGRAM explain --analyze http://127.0.0.1:8080/orders/42`;

/** `port` is the edge's, for the commands; `program` is how this one is called. */
export function landingPage(port: number, program: string): string {
  const commands = COMMANDS.replaceAll(":8080", `:${port}`).replaceAll("PROGRAM", program);
  const rows = TO_OPEN.map(([path, what]) => {
    const link = escapeHtml(path);
    return `<tr><td><a href="${link}"><code>${link}</code></a></td><td>${escapeHtml(what)}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Roundtrip: the shop</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>The shop behind Roundtrip</h1>
<p>Two services, <code>users</code> and <code>orders</code>, with two instances each and one database.
This page comes from the edge; most links below go through it to a service.</p>
<h2 id="open">To open</h2>
<table aria-labelledby="open">
<thead><tr><th scope="col">Path</th><th scope="col">What it shows</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
<h2>To type</h2>
<pre tabindex="0"><code>${escapeHtml(commands)}</code></pre>
<p>Every answer of a service names its instance (<code>X-Instance</code>) and what it cost there
(<code>Server-Timing</code>; the network panel of a browser draws it).</p>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
