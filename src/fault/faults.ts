import type { FaultCode, FaultDefinition } from "../contract/fault.ts";
import { AGAIN, EDGE_FAULTS } from "./edge-faults.ts";
import { REQUEST_FAULTS } from "./request-faults.ts";
import { UPSTREAM_FAULTS } from "./upstream-faults.ts";

/** Every fault with what it means to the client, to the retry and to whoever must fix it. */
export const FAULTS: Readonly<Record<FaultCode, FaultDefinition>> = {
  ...REQUEST_FAULTS,
  ...EDGE_FAULTS,
  ...UPSTREAM_FAULTS,
};

/** What to do next, for whoever runs the edge. */
export function adviceFor({ hint, remedy }: FaultDefinition): string {
  if (remedy === "") return hint;
  return hint === AGAIN ? remedy : `${hint} ${remedy}`;
}

/** In the order of `FAULTS`; a code's place gives its number. */
export const FAULT_CODES: readonly FaultCode[] = Object.keys(FAULTS) as FaultCode[];

const NUMBERS: ReadonlyMap<FaultCode, number> = new Map(FAULT_CODES.map((code, index) => [code, index + 1]));

/**
 * The code as a number ≥ 1, so that decoders can return it as an integer beside 0 for "no fault".
 * Good within one process only: numbers move when codes are added.
 */
export function faultNumber(code: FaultCode): number {
  return NUMBERS.get(code)!;
}

/** The code of a number from `faultNumber`. @throws RangeError for any other number. */
export function faultOf(number: number): FaultCode {
  const code = FAULT_CODES[number - 1];
  if (code === undefined) throw new RangeError(`no fault has the number ${number}`);
  return code;
}
