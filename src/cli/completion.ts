/**
 * Prints the completion script of a shell. The words come from `drover __complete`, so scripts never grow old.
 */

import { EXIT, UsageError } from './failure.ts';
import type { Work } from './work.ts';

// Bash parts words at : and =, which names of queues and flags have inside: they are put together again, and what stands
// before the last such sign is taken off the candidates, as bash writes over what comes after it only.
const BASH = `# drover completion for bash
_drover() {
  local rest=$COMP_LINE words=() piece last head= word i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=\${COMP_WORDS[i]}
    if ((i > 0)) && [[ $rest != [[:space:]]* ]]; then words[\${#words[@]}-1]+=$piece
    else words+=("$piece"); fi
    rest=\${rest#"\${rest%%[![:space:]]*}"}
    rest=\${rest#"$piece"}
  done
  words=("\${words[@]//[\\"\\'\\\\]/}")
  last=\${words[\${#words[@]}-1]}
  [[ $piece == [\\"\\']* ]] || head=\${last%"\${last##*[:=]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    word=\${word#"$head"}
    [[ $piece == [\\"\\']* ]] || printf -v word %q "$word"
    COMPREPLY+=("$word")
  done < <(drover __complete "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _drover drover`;

const ZSH = `#compdef drover
# drover completion for zsh
_drover() {
  local -a found
  local line
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(drover __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe drover found; else _files; fi
}
if [ "$funcstack[1]" = "_drover" ]; then _drover "$@"; else compdef _drover drover; fi`;

const FISH = `# drover completion for fish
function __drover_complete
  set -l words (commandline -opc) (commandline -ct)
  drover __complete $words[2..-1] 2>/dev/null
end
complete -c drover -f -a '(__drover_complete)'`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script of the shell that was named. */
export async function completion({ typed, console }: Work): Promise<number> {
  const shell = typed.args[0] ?? '';
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (!script)
    throw new UsageError(
      `There is completion for ${Object.keys(SCRIPTS).join(', ')}, not for "${shell}"`,
    );
  await console.data(script);
  return EXIT.ok;
}
