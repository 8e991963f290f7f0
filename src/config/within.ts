import { ConfigError } from "../schema/problem.ts";
import type { Source } from "../schema/source.ts";

/** What somebody else reads or runs for a config, unless it takes longer than so many milliseconds; 0: without end. */
export async function within<T>(most: number, work: Promise<T>, source: Source): Promise<T> {
  if (most === 0) return await work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateError(most, source)), most);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function lateError(most: number, source: Source): ConfigError {
  const message = `has not come to its end within ${most / 1000} s`;
  const remedy = "look for an await of what never comes; --load-timeout of roundtrip serve gives it more time";
  return new ConfigError([{ ...source.problem(null, { path: [], value: undefined, message, expected: "" }), remedy }]);
}
