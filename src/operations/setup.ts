// Makes an MCP host know us, or forget us: through its own command where it has one, else in its settings file.

import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { hostCommandFailed, hostNotInstalled, noHost, noProjectFile } from "../wording.ts";
import { type Entry, type Host, HOSTS } from "../hosts/host.ts";
import { entryAt, readSettings, replaceFile, withEntry, withoutEntry } from "../hosts/settings.ts";
import { nearest } from "../nearest.ts";

export { HOSTS };

export interface SetupRequest {
  /** What the host calls us. */
  name: string;
  env: Record<string, string>;
  /** Forget us instead. */
  remove: boolean;
  /** In the settings of the project in this directory, not in the user's own. */
  project?: string | undefined;
}

/** What has to be done, and nothing of it done yet. */
export type SetupPlan = { host: Host; file: string } & (
  | { kind: "nothing" }
  /** `missing`: the program that the commands need and that is not on the PATH. */
  | { kind: "run"; commands: string[][]; missing?: string }
  | { kind: "write"; before: string; after: string }
);

/** A host as it is on this machine. `entry` is how it starts us now, in its own words. */
export interface KnownHost {
  host: Host;
  file: string;
  installed: boolean;
  entry: unknown;
}

export function knownHosts(name: string): KnownHost[] {
  return HOSTS.map((host) => {
    const file = fileOf(host);
    return { host, file, installed: isInstalled(host), entry: entryOrUndefined(file, [...host.servers, name]) };
  });
}

/** Throws `not_found` for a host that we don't know, `bad_config` when its settings can't be understood. */
export function planSetup(id: string, request: SetupRequest): SetupPlan {
  const host = HOSTS.find((one) => one.id === id);
  const ids = HOSTS.map((one) => one.id);
  if (!host) throw noHost(id, ids, nearest(id, ids));
  const { name, remove, project } = request;
  if (project !== undefined && host.projectFile === undefined)
    throw noProjectFile(
      host.title,
      HOSTS.filter((one) => one.projectFile).map((one) => one.id),
    );
  const file = project === undefined ? fileOf(host) : resolve(project, host.projectFile ?? "");
  const keys = [...host.servers, name];
  const before = readSettings(file);
  const present = entryAt(file, before, keys);
  const entry: Entry = { command: ownPath(), args: ["mcp"], env: request.env };
  if (remove ? present === undefined : covers(present, host.shape(entry))) return { host, file, kind: "nothing" };
  if (host.own && project === undefined) {
    const program = Bun.which(host.own.program);
    const forget = [program ?? host.own.program, ...host.own.remove(name)];
    const add = [program ?? host.own.program, ...host.own.add(name, entry)];
    const commands = remove ? [forget] : present === undefined ? [add] : [forget, add];
    return { host, file, kind: "run", commands, ...(program === null && { missing: host.own.program }) };
  }
  const after = remove ? withoutEntry(before, keys) : withEntry(file, before, keys, host.shape(entry));
  return { host, file, kind: "write", before, after };
}

/** Answers with the path of the settings file's old version, where one was replaced. Throws `not_found` for a host that isn't here. */
export function carryOut(plan: SetupPlan): string | undefined {
  if (plan.kind === "run" && plan.missing !== undefined) throw hostNotInstalled(plan.host.title, plan.missing);
  if (plan.kind === "write") return replaceFile(plan.file, plan.after);
  if (plan.kind === "run") for (const command of plan.commands) run(plan.host, command);
  return undefined;
}

function run(host: Host, command: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  if (exitCode !== 0)
    throw hostCommandFailed(host.title, command, exitCode, stderr.toString().trim() || stdout.toString().trim());
}

/** Some hosts take their file under a second name as well. */
export function fileOf(host: Host): string {
  const file = host.file();
  return !existsSync(file) && existsSync(`${file}c`) ? `${file}c` : file;
}

/** Its program, or a directory of its settings. */
export function isInstalled(host: Host): boolean {
  const program = host.own?.program ?? host.program;
  return (program !== undefined && Bun.which(program) !== null) || (!host.own && existsSync(dirname(fileOf(host))));
}

function entryOrUndefined(file: string, keys: string[]): unknown {
  try {
    return entryAt(file, readSettings(file), keys);
  } catch {
    return undefined; // it is only asked what is there; setting up says what is wrong
  }
}

/** True when all of `wanted` is in `present`, which may hold more. */
function covers(present: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return Bun.deepEquals(present, wanted);
  if (typeof present !== "object" || present === null) return false;
  const held = new Map(Object.entries(present));
  return Object.entries(wanted).every(([key, value]) => covers(held.get(key), value));
}

/** The path that stays the same when a newer version is installed: on the PATH, where that leads to this binary. */
export function ownPath(): string {
  const self = realpathSync(process.execPath);
  const program = process.platform === "win32" ? "backburner.exe" : "backburner";
  const directories = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  const paths = directories.map((directory) => join(directory, program));
  return paths.find((path) => existsSync(path) && realpathSync(path) === self) ?? process.execPath;
}
