// Which shell runs a command.

/** argv to put before the command: bash where it exists, else sh; the command interpreter on Windows. */
export function defaultShell(path: string | undefined): string[] {
  if (process.platform === "win32") return [process.env.COMSPEC ?? "cmd.exe", "/d", "/s", "/c"];
  if (found && found.path === path) return found.shell;
  const bash = Bun.which("bash", { PATH: path ?? "" }) ?? Bun.which("bash", { PATH: "/bin:/usr/bin:/usr/local/bin" });
  const shell = [bash ?? "/bin/sh", "-c"];
  found = { path, shell };
  return shell;
}

/** A server starts many tasks with the same PATH. */
let found: { path: string | undefined; shell: string[] } | undefined;
