import type { FaultCode } from "../contract/fault.ts";
import { faultOf } from "../fault/faults.ts";
import {
  FIELDS_TOO_MANY,
  FIELD_TOO_LONG,
  HEAD_TOO_LARGE,
  RESPONSE_MALFORMED,
  RESPONSE_TOO_LARGE,
} from "./fault-numbers.ts";

/** Why the last head was refused; see `responseFaultCause`. */
let cause = 0;

/**
 * What exactly was wrong with the response head that was refused last, as the code for the same error in a request:
 * the word for a `response-malformed` or `response-too-large`. Undefined before the first refusal.
 */
export function responseFaultCause(): FaultCode | undefined {
  return cause === 0 ? undefined : faultOf(-cause);
}

/** The fault of a response for one that was found as a request's would be; keeps the cause. */
export function refuseResponse(fault: number): number {
  cause = fault;
  return fault === HEAD_TOO_LARGE || fault === FIELD_TOO_LONG || fault === FIELDS_TOO_MANY
    ? RESPONSE_TOO_LARGE
    : RESPONSE_MALFORMED;
}
