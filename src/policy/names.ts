// Which variables decide what a command runs, and which none of the programs that it runs can see. Pure.

/** A shell, or the loader of any program, runs what these hold. */
const RUNS_ITS_VALUE =
  /^(?:BASH_ENV|ENV|BASH_FUNC_.*|BASH_ALIASES|BASH_CMDS|BASH_LOADABLES_PATH|SHELLOPTS|BASHOPTS|PROMPT_COMMAND|PS[0-4]|LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|DYLD_.*)$/s;

/** With any list: to set one of these is to run what no list has seen. */
export function runsItsValue(name: string): boolean {
  return RUNS_ITS_VALUE.test(name);
}

/** Lower case, but of meaning to the shell. */
const SHELL_OWN = new Set(["auto_resume", "histchars", "path", "cdpath", "fpath"]);

/**
 * A variable of the shell alone: lower case, so that the shell itself does nothing by it, and not in the environment, so that no
 * program is handed it.
 */
export function isShellsOwn(name: string, environment: Record<string, unknown>): boolean {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !SHELL_OWN.has(name) && !Object.hasOwn(environment, name);
}
