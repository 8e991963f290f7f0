/** `roundtrip completion SHELL`: a script for the shell that asks `roundtrip complete` what may come next. */
import { ExitCode } from "./command-failure.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completion(shell: Shell): ExitCode {
  process.stdout.write(SCRIPTS[shell]);
  return ExitCode.ok;
}

/** Bash breaks words at colons: of a candidate only what follows the last one that was typed is wanted. */
const BASH = String.raw`_roundtrip() {
  local typed="${"$"}{COMP_LINE:0:COMP_POINT}" line value
  local -a words
  read -ra words <<< "$typed"
  [[ $typed == *[[:space:]] ]] && words+=("")
  local current="${"$"}{words[-1]}"
  local colon="${"$"}{current%"${"$"}{current##*:}"}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      compopt -o default
      COMPREPLY=()
      return
    fi
    value="${"$"}{line%%$'\t'*}"
    COMPREPLY+=("${"$"}{value#"$colon"}")
  done < <("${"$"}{words[0]}" complete -- "${"$"}{words[@]:1}" 2> /dev/null)
}
complete -F _roundtrip roundtrip
`;

const ZSH = String.raw`#compdef roundtrip
_roundtrip() {
  local line
  local -a lines candidates
  lines=("${"$"}{(@f)$("${"$"}{words[1]}" complete -- "${"$"}{(@)words[2,CURRENT]}" 2> /dev/null)}")
  for line in "${"$"}{lines[@]}"; do
    if [[ $line == ":files" ]]; then
      _files
      return
    fi
    [[ -n $line ]] && candidates+=("${"$"}{${"$"}{line%%$'\t'*}//:/\\:}:${"$"}{line#*$'\t'}")
  done
  _describe roundtrip candidates
}
compdef _roundtrip roundtrip
`;

const FISH = String.raw`function __roundtrip_complete
  set -l current (commandline -ct)
  set -l words (commandline -opc) "$current"
  for line in ($words[1] complete -- $words[2..-1] 2> /dev/null)
    if test "$line" = ":files"
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c roundtrip -f -a '(__roundtrip_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
