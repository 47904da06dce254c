// Starting this program again in another of its roles.

/** The hidden verb of a process that does nothing but try patterns. */
export const SEARCH_VERB = "__search";

/** As it was when this program started: once another version lies there, the runtime, asked for the first time, names a path that is none (proc_pid_exe(5)). */
const OWN_PATH = process.execPath;

/** argv that starts this program again: the compiled binary, or Bun with our main file. */
export function ownCommand(): string[] {
  return Bun.main.startsWith("/$bunfs/") || Bun.main.startsWith("B:/~BUN/") ? [OWN_PATH] : [OWN_PATH, Bun.main];
}

/** What programs need to find anything at all. */
const KEPT =
  process.platform === "win32"
    ? ["PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "USERPROFILE", "TEMP", "TMP"]
    : ["PATH", "HOME", "TMPDIR", "LANG"];

/** Little, on purpose: no secret of the submitter's, no mark of an outer task, nothing that takes a compiled Bun over. */
export function ownEnvironment(home: string): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return { ...kept, BACKBURNER_HOME: home };
}
