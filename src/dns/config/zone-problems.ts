/** Problems of DNS zones, from a zone file or from the configuration, as problems that are shown like all others. */
import type { RecordsProblem } from "../store/zone-records.ts";
import type { ZoneProblem } from "../zone/zone-problem.ts";
import { nearestWord } from "../../schema/nearest.ts";
import type { ConfigPath, ConfigProblem, ProblemSource } from "../../schema/problem.ts";
import { displayName } from "../../schema/source.ts";

export function zoneFileProblem(problem: ZoneProblem): ConfigProblem {
  const { file, line, column, message, expected, word, sourceLine } = problem;
  return {
    file: displayName(file),
    line,
    column,
    path: [],
    value: word,
    expected,
    message,
    sourceLine,
    ...nearestOf(word, problem.words),
  };
}

/** `path`: to the zone's value in the configuration. */
export function zoneRecordsProblem(problem: RecordsProblem, path: ConfigPath, loaded: ProblemSource): ConfigProblem {
  const { value, message, expected, word } = problem;
  const whole = [...path, ...problem.path];
  return { ...loaded.problem(whole, { value, message, expected }), ...nearestOf(word, problem.words) };
}

function nearestOf(word: string, words: readonly string[]): { nearest?: string } {
  const nearest = word === "" ? undefined : nearestWord(word, words);
  return nearest === undefined ? {} : { nearest };
}
