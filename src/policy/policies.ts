import type { PolicyDefinition } from "../contract/policy.ts";
import { expiresSchema } from "./expires/config.ts";
import { ExpiresPolicy, type ExpiresOptions } from "./expires/expires.ts";
import { createHeadersPolicy, type HeadersOptions } from "./headers/headers.ts";
import { headersSchema } from "./headers/config.ts";

/** Keeps a policy's schema and its `create` of one type, then forgets the type: the registry holds all kinds. */
function define<Options>(definition: PolicyDefinition<Options>): PolicyDefinition {
  return {
    name: definition.name,
    schema: definition.schema,
    create: (options, context) => definition.create(options as Options, context),
  };
}

/** Every policy by the name that the config uses. A new one adds a folder and a line here. */
export const POLICIES: Readonly<Record<string, PolicyDefinition>> = {
  expires: define<ExpiresOptions>({
    name: "expires",
    schema: expiresSchema,
    create: (options, context) => new ExpiresPolicy(options, context),
  }),
  headers: define<HeadersOptions>({ name: "headers", schema: headersSchema, create: createHeadersPolicy }),
};
