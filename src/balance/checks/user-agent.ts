import { VERSION } from "../../version.ts";

/** What checks call themselves, so that a target's log can leave them out. */
export const USER_AGENT: string = `roundtrip-health/${VERSION}`;
