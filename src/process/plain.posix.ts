// Commands that bash would only take apart into words and then become, as make(1) knows them: these are executed without it.
// Nothing but the time may tell; what is not certain here is left to the shell.

import { closeSync, existsSync, openSync, readSync, realpathSync, type Stats, statSync } from "node:fs";
import type { CommandRequest, Program } from "./spawn.ts";
import { takesLinuxWays } from "./system.ts";
import { plainWordsOf } from "./words.posix.ts";

/**
 * What bash would execute for this command, the very same arguments and environment. `undefined` when that is left to it: a command
 * that is not plain, one that it would look at twice or complain about, and every other shell. Whether the file can be executed is
 * for execve(2) to say.
 */
export function plainOf({ shell, command, cwd, env }: PlainRequest): Program | undefined {
  if (!takesLinuxWays || shell.length !== 2 || shell[1] !== "-c") return undefined;
  const argv = isIdle(command) ? [command] : plainWordsOf(command);
  if (!argv) return undefined;
  try {
    const path = isBash(shell[0]) ? fileOf(argv[0] ?? "", env.PATH) : undefined;
    const handedOn = path === undefined ? undefined : handedOnBy(env, cwd, path);
    return path !== undefined && handedOn ? { path, argv, env: handedOn } : undefined;
  } catch {
    return undefined; // something can't be looked at
  }
}

type PlainRequest = Pick<CommandRequest, "shell" | "command" | "cwd" | "env">;

/** Builtins, but without arguments nobody can tell them from the system's own programs, of which PATH may hold others. */
const isIdle = (command: string) => command === "true" || command === "false";

/** Where a system has its bash; another may be anything of that name. */
const BASH = new Set(["/bin/bash", "/usr/bin/bash"]);
const FILE = ["dev", "ino", "ctimeMs"] as const;
let known: { path: string; stats: Stats; isBash: boolean } | undefined;

/** Looked into once for as long as it is the same file. */
function isBash(path = ""): boolean {
  const stats = BASH.has(path) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (!stats?.isFile() || (stats.mode & 0o111) === 0) return false;
  const isSame = known?.path === path && FILE.every((key) => known?.stats[key] === stats[key]);
  if (!isSame) known = { path, stats, isBash: realpathSync(path).endsWith("/bash") && isElf(path) };
  return known?.isBash === true;
}

/** Not a script that stands in for it. */
function isElf(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    const magic = Buffer.alloc(4);
    return readSync(fd, magic) === 4 && magic.toString("latin1") === "\x7fELF"; // elf(5)
  } finally {
    closeSync(fd);
  }
}

/** The first of that name. bash would pass over a directory, or a file that can't be executed; execve(2) refuses them. */
function fileOf(program: string, path: string | undefined): string | undefined {
  if (isIdle(program)) return `/usr/bin/${program}`;
  if (program.includes("/")) return program;
  for (const directory of path?.split(":") ?? []) {
    if (!/^\/.*[^/]$/s.test(directory)) return undefined; // relative, "~", "/" or with a slash at its end: written otherwise by bash
    const file = `${directory}/${program}`;
    if (existsSync(file)) return file;
  }
  return undefined;
}

/** Variables that bash obeys or complains about when it starts, that it sets, or that change how it is loaded (bash(1), ld.so(8)). */
const MEANS_SOMETHING = new RegExp(
  `^(?:${[
    "BASH.*|SHELLOPTS|POSIX.*|EXECIGNORE|FUNCNEST|IFS|PS[0-4]|OPT(?:ARG|ERR|IND)|COMP_.*|E?UID|PPID|GROUPS|DIRSTACK|FUNCNAME",
    "PIPESTATUS|LINENO|HISTCMD|S?RANDOM|SECONDS|EPOCH.*|MAPFILE|COPROC|REPLY|READLINE_.*",
    "LD_.*|GLIBC_.*|MALLOC_.*|LOCPATH|GCONV_PATH",
  ].join("|")})$`,
);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** These need no file, of whose absence bash would warn. */
const CERTAIN_LOCALES = new Set(["", "C", "POSIX"]);
const LEVEL = /^(?:0|[1-9]\d{0,2})$/;
const MOST_LEVELS = 998; // past that bash begins again at 1, with a warning
/** Past that a shell might not be started at all (execve(2): a quarter of the stack, and 128 KiB for a string). */
const MOST_CHARACTERS = 24 * 1024;

/** The environment that bash would hand on. `undefined` when that is for it to find out. */
function handedOnBy(env: Record<string, string>, cwd: string, path: string): Record<string, string> | undefined {
  let characters = 0;
  for (const [name, value] of Object.entries(env)) {
    if (!NAME.test(name) || MEANS_SOMETHING.test(name)) return undefined;
    characters += name.length + value.length;
  }
  if (characters > MOST_CHARACTERS) return undefined;
  const { LC_ALL = "", SHLVL = "0", OLDPWD } = env;
  if (!CERTAIN_LOCALES.has(LC_ALL) || !LEVEL.test(SHLVL) || Number(SHLVL) > MOST_LEVELS) return undefined;
  // Below no other shell it reads ~/.bashrc if it seems to be sshd's (SSH_SOURCE_BASHRC, as many systems build it).
  if (SHLVL === "0" && (env.SSH_CLIENT ?? env.SSH2_CLIENT) !== undefined) return undefined;
  if (OLDPWD !== undefined && !isDirectory(OLDPWD)) return undefined;
  const PWD = workingDirectory(env.PWD, cwd);
  return PWD === undefined ? undefined : { ...env, PWD, SHLVL, _: path };
}

/** PWD if it is that directory by whatever way, else the directory by its own name. */
function workingDirectory(PWD: string | undefined, cwd: string): string | undefined {
  if (PWD === cwd) return PWD;
  if (PWD !== undefined && !PWD.startsWith("/")) return undefined;
  const [named, actual] = [PWD, cwd].map((path) => path && statSync(path, { bigint: true, throwIfNoEntry: false }));
  if (named && actual && named.dev === actual.dev && named.ino === actual.ino) return PWD;
  return realpathSync(cwd);
}

const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
