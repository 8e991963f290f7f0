import { createAddressSet } from "../bytes/address-set.ts";
import type { RequestHead } from "../contract/head.ts";
import type { AddressSet } from "../contract/plan.ts";
import type { Predicate } from "./predicate.ts";

/** A client address in one of these networks. */
export class ClientPredicate implements Predicate {
  readonly kind = "client";
  readonly key: string;
  private readonly networks: readonly string[];
  private readonly set: AddressSet;

  constructor(networks: readonly string[]) {
    this.networks = networks;
    this.key = `client ${[...new Set(networks)].toSorted().join(" ")}`;
    this.set = createAddressSet(networks);
  }

  accepts(_head: RequestHead, clientAddress: string): boolean {
    return this.set.has(clientAddress);
  }

  refusal(_head: RequestHead, clientAddress: string): string {
    return `client ${clientAddress} is not in ${this.networks.join(", ")}`;
  }
}
