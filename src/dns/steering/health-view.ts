/** What answers know of the health of what they name. The edge's live pools stand behind it; tests give their own. */
export interface HealthView {
  /** Grows whenever `isUp` of any key changes: until then nothing is asked again. */
  readonly version: number;
  /** False: down. Null: nobody knows this key, which counts as up. `key`: a pool's name, or whatever the view names. */
  isUp(key: string): boolean | null;
  /** Share of its capacity that is used, 1 = all of it; null: not known. Asked about once a second. */
  load?(key: string): number | null;
}

/** Of those who check nothing. */
export const NO_HEALTH: HealthView = { version: 0, isUp: () => null };
