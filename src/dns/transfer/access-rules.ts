import { createAddressSet } from "../../bytes/address-set.ts";
import type { AddressSet } from "../../contract/plan.ts";
import type { TsigKey, TsigKeyring } from "./tsig-key.ts";

/** Somebody who may do something: all that is stated must hold. */
export interface AccessRule {
  /** Addresses and networks (CIDR); any when left out. */
  readonly addresses?: readonly string[];
  /** Name of the TSIG key that the message must be signed with; none is needed when left out. */
  readonly key?: string;
}

interface Rule {
  readonly addresses: AddressSet | null;
  readonly key: TsigKey | null;
}

/** Who may ask for transfers, or send NOTIFY. Nobody may whom no rule names. */
export class AccessRules {
  readonly #rules: readonly Rule[];

  /** @throws RangeError for a rule without a condition, a key that is not in `keys`, or a word that is not a network. */
  constructor(rules: readonly AccessRule[], keys: TsigKeyring) {
    this.#rules = rules.map(({ addresses, key }) => {
      if (addresses === undefined && key === undefined) {
        throw new RangeError('a rule needs addresses or a key; "everybody" is written 0.0.0.0/0 and ::/0');
      }
      const found = key === undefined ? null : keys.get(key);
      if (key !== undefined && found === null) throw new RangeError(`there is no TSIG key "${key}"`);
      return { addresses: addresses === undefined ? null : createAddressSet(addresses), key: found };
    });
  }

  /** `key`: the one that the message was rightly signed with. */
  allows(address: string, key: TsigKey | null): boolean {
    for (const rule of this.#rules) {
      if (rule.key !== null && rule.key !== key) continue;
      if (rule.addresses === null || rule.addresses.has(address)) return true;
    }
    return false;
  }
}
