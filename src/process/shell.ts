// Which shell runs a command.

/** argv to put before the command: bash where it exists, else sh; the command interpreter on Windows. */
export function defaultShell(path: string | undefined): string[] {
  if (process.platform === "win32") return [process.env.COMSPEC ?? "cmd.exe", "/d", "/s", "/c"];
  const bash = Bun.which("bash", { PATH: path ?? "" }) ?? Bun.which("bash", { PATH: "/bin:/usr/bin:/usr/local/bin" });
  return [bash ?? "/bin/sh", "-c"];
}
