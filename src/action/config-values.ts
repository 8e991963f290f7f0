/** Values that several actions have in the config. */
import { fieldValueProblem } from "../http/fields/field-rules.ts";
import { Refusal, show, text } from "../schema/value.ts";

/** RFC 9110 §5.5. */
export const fieldValue = text(
  "visible ASCII characters, with spaces only between them",
  (input) => {
    const problem = fieldValueProblem(input);
    return problem === null ? input : new Refusal(problem);
  },
  { values: "string" },
);

export const absolutePath = text(
  'a path such as "/api"',
  (input) => {
    if (!input.startsWith("/")) return new Refusal(`${show(input)} does not begin with "/"`);
    return /[\s?#]/.test(input) ? new Refusal(`${show(input)} holds a space, "?" or "#"`) : input;
  },
  { values: "path" },
);
