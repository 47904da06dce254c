// The home: there, ours, writable by us, closed to others.

import { accessSync, chmodSync, constants, lstatSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "../../errors.ts";
import { isDirectory } from "../../files.ts";
import { auditPath, configPath, type Home, storePath, tasksDir, tracePath } from "../../home.ts";
import { type Check, type Finding, findings, quoted } from "./check.ts";

const { ok, warning, problem } = findings("home");

export const checkHome: Check = ({ home }) => {
  const found = statSync(home, { throwIfNoEntry: false });
  if (!found) return [notThere(home)];
  if (!found.isDirectory())
    return [problem(`${home} is not a directory`, "move it away, or set BACKBURNER_HOME to a directory")];
  const euid = process.geteuid?.();
  if (euid !== undefined && found.uid !== euid)
    return [
      problem(
        `${home} belongs to the user ${found.uid}, and this is ${euid}`,
        "set BACKBURNER_HOME to a directory of your own, or run backburner as its owner",
      ),
    ];
  const unusable = whyNot(home, constants.R_OK | constants.W_OK | constants.X_OK);
  if (unusable !== undefined)
    return [problem(`${home} can't be used (${unusable})`, `make it writable: chmod 700 ${quoted(home)}`)];
  const wrong = [...modeOfHome(home, found.mode), ...notOurs(home), ...openFiles(home)];
  return wrong.length > 0 ? wrong : [ok(`${home} is yours${euid === undefined ? "" : " and closed to others"}`)];
};

function notThere(home: Home): Finding {
  let parent = dirname(home);
  while (!lstatSync(parent, { throwIfNoEntry: false }) && parent !== dirname(parent)) parent = dirname(parent);
  const unusable = whyNot(parent, constants.W_OK | constants.X_OK);
  return unusable === undefined
    ? ok(`${home} is not there yet; the first verb that needs it makes it`)
    : problem(
        `${home} is not there, and can't be made (${unusable})`,
        "set BACKBURNER_HOME to a directory of your own",
      );
}

function modeOfHome(home: Home, mode: number): Finding[] {
  if (process.geteuid === undefined || (mode & 0o077) === 0) return [];
  const others = (mode & 0o022) === 0 ? "see what is in it" : "put something into it: nothing is started there";
  const tell = (mode & 0o022) === 0 ? warning : problem;
  return [
    tell(`others can ${others} (${home} is ${octal(mode)})`, `chmod 700 ${quoted(home)}`, () => close(home, 0o700)),
  ];
}

/** What another process would not touch. */
function notOurs(home: Home): Finding[] {
  const wrong: Finding[] = [];
  const there = (path: string) => lstatSync(path, { throwIfNoEntry: false });
  if (there(tasksDir(home)) && !isDirectory(tasksDir(home)))
    wrong.push(problem(`${tasksDir(home)} is no directory of ours`, "move it away; it is made again"));
  const store = storePath(home);
  for (const path of [store, `${store}-wal`, `${store}-shm`])
    if (there(path) && !there(path)?.isFile()) wrong.push(problem(`${path} is no plain file`, "move it away"));
  return wrong;
}

/** Files have the mode 0600 when we make them. What a person writes into config.toml is no secret, but nobody else may change it. */
function openFiles(home: Home): Finding[] {
  if (process.geteuid === undefined) return [];
  const store = storePath(home);
  const put = readdirSync(home).filter((name) => name.startsWith("backburner.db.broken-"));
  const secret = [store, `${store}-wal`, `${store}-shm`, tracePath(home), auditPath(home)];
  const checked: [path: string, bits: number, mode: number][] = [
    ...[...secret, ...put.map((name) => join(home, name))].map((path): [string, number, number] => [
      path,
      0o077,
      0o600,
    ]),
    [tasksDir(home), 0o077, 0o700],
    [configPath(home), 0o022, 0o600],
  ];
  return checked.flatMap(([path, bits, mode]) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found || found.isSymbolicLink() || (found.mode & bits) === 0) return [];
    const others = (found.mode & 0o022) === 0 ? "read" : "write";
    return [
      warning(`others may ${others} ${path} (${octal(found.mode)})`, `chmod ${mode.toString(8)} ${quoted(path)}`, () =>
        close(path, mode),
      ),
    ];
  });
}

function close(path: string, mode: number): string {
  const before = octal(lstatSync(path).mode);
  chmodSync(path, mode);
  return `${path} was ${before} and is ${octal(mode)} now`;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/** `undefined`: it can. */
function whyNot(path: string, how: number): string | undefined {
  try {
    accessSync(path, how);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
