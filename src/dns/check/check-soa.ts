/** The SOA's times and names (RFC 1912 §2.2, RFC 2308 §5), and the number of name servers (RFC 2182 §5). */
import { formatName, nameLength } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { NO_SET } from "../zone/zone-data.ts";
import type { FindingList } from "./finding-list.ts";
import { inUnits } from "./in-units.ts";
import { targetOf } from "./target.ts";

const DAY = 86_400;
/** RFC 1912 §2.2; seconds. */
const REFRESH = { least: 1_200, most: 43_200 } as const;
const EXPIRE = { least: 14 * DAY, most: 28 * DAY } as const;
const AT = 0x40;

export function checkSoa(findings: FindingList): void {
  const { zone } = findings;
  const servers = zone.findSet(APEX, RecordType.NS);
  if (servers !== NO_SET && zone.recordStart[servers + 1] === zone.recordStart[servers]! + 1) {
    const remedy = "Add a second server, in another network";
    findings.add("advice", APEX, RecordType.NS, "the zone has one name server: when it is down the zone is", remedy);
  }
  const set = zone.findSet(APEX, RecordType.SOA);
  if (set === NO_SET) return;
  const data = zone.recordData(zone.recordStart[set]!);
  const contact = data.subarray(nameLength(data));
  checkContact(findings, contact);
  const numbers = new DataView(data.buffer, data.byteOffset + data.length - 20, 20);
  const [refresh, retry, expire, minimum] = [4, 8, 12, 16].map((at) => numbers.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ];
  const say = (severity: "warning" | "advice", message: string, remedy: string): void =>
    findings.add(severity, APEX, RecordType.SOA, message, remedy);
  const primary = data.subarray(0, nameLength(data));
  const { kind } = targetOf(zone, primary, findings.dynamic);
  // The root says that there is none.
  if (primary.length > 1 && (kind === "missing" || kind === "empty")) {
    const message = `the primary ${formatName(primary)} does not exist: updates and notifications find nobody`;
    say("warning", message, "Name the server that has the zone first, or add its records");
  }
  if (refresh < REFRESH.least || refresh > REFRESH.most) {
    say("advice", `secondaries look for changes every ${inUnits(refresh)}`, "Set refresh between 20m and 12h");
  }
  if (retry >= refresh) {
    say(
      "advice",
      `retry (${inUnits(retry)}) is not below refresh (${inUnits(refresh)})`,
      "Set retry to a part of refresh",
    );
  }
  if (expire <= refresh + retry) {
    const message = `secondaries give the zone up after ${inUnits(expire)}, before they have tried twice to refresh it`;
    say("warning", message, "Set expire to two to four weeks");
  } else if (expire < EXPIRE.least || expire > EXPIRE.most) {
    const message = `secondaries serve the zone for ${inUnits(expire)} without the primary`;
    say("advice", message, "Set expire between 2w and 4w");
  }
  if (minimum > DAY) {
    const message = `that a name does not exist is kept for ${inUnits(minimum)}: a new name is not seen so long`;
    say("advice", message, "Set minimum to 1h or less");
  }
}

/** RFC 1035 §8: the first dot of a mailbox stands for its @. */
function checkContact(findings: FindingList, contact: Uint8Array): void {
  if (!contact.subarray(0, nameLength(contact)).includes(AT)) return;
  const message = `the contact ${formatName(contact)} has an @`;
  findings.add(
    "warning",
    APEX,
    RecordType.SOA,
    message,
    "Write a dot in its place: admin.shop.test for admin@shop.test",
  );
}
