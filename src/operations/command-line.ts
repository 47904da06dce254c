// From the words of a command to the line that the shell of a task reads.

import { defaultShell } from "../process/shell.ts";
import { commandLineOf as posixLineOf } from "../process/words.posix.ts";
import { cmdLineOf, isCommandInterpreter, isPowerShell, powerShellLineOf } from "../process/words.windows.ts";

/** A command line that runs exactly these words. The shell is a task's; default: what it is without settings. */
export function commandLineOf(words: string[], shell = defaultShell(process.env.PATH)): string {
  const [program = ""] = shell;
  if (process.platform === "win32" && isCommandInterpreter(program)) return cmdLineOf(words);
  if (process.platform === "win32" && isPowerShell(program)) return powerShellLineOf(words);
  return posixLineOf(words);
}
