// backburner completions: the script that makes a shell ask us when Tab is pressed. Nothing that was typed is ever evaluated by it.

import { Argument, type Command } from "commander";
import { epilogue } from "../help.ts";
import { print } from "../terminal.ts";
import type { Call } from "../verbs.ts";

const SCRIPTS = {
  // "-o default": without an answer bash completes files. Where words end is bash's to know (COMP_WORDBREAKS).
  bash: `_backburner() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(backburner complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _backburner backburner
`,
  zsh: `#compdef backburner
_backburner() {
  local line
  local -a found
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(backburner complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe -V backburner found; else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _backburner "$@"; else compdef _backburner backburner; fi
`,
  fish: `function __backburner_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (backburner complete -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c backburner -k -f -a '(__backburner_complete)'
`,
  // An empty last word is lost on its way through Windows PowerShell: --next stands for it.
  powershell: `Register-ArgumentCompleter -Native -CommandName backburner -ScriptBlock {
    param($word, $ast, $position)
    $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    $next = if ($word -eq '') { @('--next') } else { @() }
    & backburner complete @next -- @words 2>$null | ForEach-Object {
        $value, $about = $_ -split "\`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
`,
};

type Shell = keyof typeof SCRIPTS;
const isShell = (name: string): name is Shell => Object.hasOwn(SCRIPTS, name);

/** Shells that completions can be had for. */
export const SHELLS = Object.keys(SCRIPTS).filter(isShell);

export function declareCompletions(command: Command): void {
  command
    .summary("print what makes a shell complete verbs and ids")
    .description("Prints a script that makes a shell complete verbs, options, and ids and names of\ntasks.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action(async (shell: Shell) => await print(SCRIPTS[shell]));
  epilogue(command, "Examples", [
    "bash  backburner completions bash >> ~/.bashrc",
    'zsh   backburner completions zsh > "${fpath[1]}/_backburner"',
    "fish  backburner completions fish >~/.config/fish/completions/backburner.fish",
    "pwsh  backburner completions powershell >> $PROFILE",
  ]);
}

/** The verb that those scripts call. */
export function declareComplete(command: Command, { program }: Call): void {
  command
    .argument("[words...]")
    .option("--next")
    .action(async (words: string[], { next }: { next?: true }) => {
      const { completionsOf } = await import("../completions.ts");
      await print(await completionsOf(program, next ? [...words, ""] : words));
    });
}
