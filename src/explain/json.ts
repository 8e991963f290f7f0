/** The explanation, or an analysis, for programs. The shape is `ExplainTree`, or `Analysis`. */
export function renderJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
