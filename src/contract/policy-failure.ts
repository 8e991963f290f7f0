/** A policy threw while a reply's head went past it. The message is the detail of the fault `policy-failed`. */
export class PolicyFailure extends Error {
  override readonly name = "PolicyFailure";
}
