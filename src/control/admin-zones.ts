/** Endpoints about the zones of the name server. */
import { z } from "zod";
import { readZoneKey } from "../dns/config/zone-key.ts";
import { type AdminEndpoints, AdminProblem, answer, failure, readJson } from "./admin-answer.ts";
import type { EdgeControl, NamesStatus } from "./edge-control.ts";
import { nearestHint } from "./nearest-hint.ts";

/** A config that works as it stands. */
const WITH_NAMES =
  'Add such as this to it: dns: { listeners: ["127.0.0.1:5353"], zones: { shop.test: { records: { "@": { NS: ns1 }, ns1: { A: 192.0.2.1 } } } } }';

const reloadBody = z.strictObject({
  /** As the config writes them; default: all. */
  zones: z.array(z.string()).optional(),
  /** Also those that have lost more names than `dns.files.maxLoss` allows. */
  force: z.boolean().default(false),
});

export function zoneEndpoints(control: EdgeControl): AdminEndpoints {
  return {
    "/dns/zones": {
      GET: () => {
        const names = control.names();
        return names === null ? withoutNames() : answer(200, names.zones);
      },
    },
    "/dns/zones/reload": { POST: ({ request }) => reload(control, request) },
  };
}

function withoutNames(): Response {
  return failure(404, "this edge serves no names: its config has no dns", {}, WITH_NAMES);
}

async function reload(control: EdgeControl, request: Request): Promise<Response> {
  const before = control.names();
  if (before === null) return withoutNames();
  const body = reloadBody.safeParse(await readJson(request));
  if (!body.success) throw new AdminProblem(400, 'the body is not such as { "zones": ["shop.test"], "force": false }');
  const { zones, force } = body.data;
  const apexes = zones?.map((zone) => apexOf(zone, before)) ?? before.zones.map(({ apex }) => apex);
  await control.reloadZones(apexes, force);
  const after = control.names()?.zones ?? [];
  return answer(
    200,
    after.filter(({ apex }) => apexes.includes(apex)),
  );
}

/** @throws AdminProblem when there is no such zone. */
function apexOf(zone: string, { zones }: NamesStatus): string {
  const key = readZoneKey(zone);
  const apex = typeof key === "string" ? "" : key.name;
  if (zones.some((one) => one.apex === apex)) return apex;
  const known = zones.map((one) => one.apex.replace(/(.)\.$/, "$1"));
  throw new AdminProblem(404, `there is no zone "${zone}"`, nearestHint(zone, known));
}
