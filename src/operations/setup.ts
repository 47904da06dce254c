// Makes an MCP host know us, or forget us: through its own command where it has one, else in its settings file.

import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { badHostFile, hostCommandFailed, hostNotInstalled, noHost, noProjectFile } from "../wording.ts";
import { type Entry, type Host, HOSTS } from "../hosts/host.ts";
import { Changed, replaceFile } from "../hosts/replace.ts";
import { entryAt, readSettings, withEntry, withoutEntry } from "../hosts/settings.ts";
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
  /** `undo`: sets it up as before, if the last fails. `missing`: the program that the commands need and that is not on the PATH. */
  | { kind: "run"; commands: string[][]; undo?: string[]; missing?: string }
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
    const { own } = host;
    const program = Bun.which(own.program);
    const command = (argv: string[]) => [program ?? own.program, ...argv];
    const old = known(present);
    const forget = command(own.remove(name));
    const add = command(own.add(name, { ...entry, env: { ...old?.env, ...entry.env } }));
    const commands = remove ? [forget] : present === undefined ? [add] : [forget, add];
    const undo = old && !remove ? command(own.add(name, old)) : undefined;
    return {
      host,
      file,
      kind: "run",
      commands,
      ...(undo && { undo }),
      ...(program === null && { missing: own.program }),
    };
  }
  const after = remove ? withoutEntry(before, keys) : withEntry(file, before, keys, host.shape(entry));
  return { host, file, kind: "write", before, after };
}

/** What an entry says of how we are started, where it is one of those that such a command makes. */
function known(present: unknown): Entry | undefined {
  const { command, args = [], env } = (present ?? {}) as Partial<Entry>;
  if (typeof command !== "string" || !Array.isArray(args)) return undefined;
  const isNamed = typeof env === "object" && env !== null && !Array.isArray(env);
  return { command, args: args.map(String), env: isNamed ? env : {} };
}

/** What others may change in the file while we do is no reason to give up. */
const MOST_TRIES = 20;

/**
 * Plans, and does it. `backup`: the path of the settings file's old version, where one was replaced. Throws as planSetup, and
 * `not_found` for a host that isn't here.
 */
export function setUp(id: string, request: SetupRequest): { plan: SetupPlan; backup: string | undefined } {
  for (let tries = 1; ; tries += 1) {
    const plan = planSetup(id, request);
    try {
      return { plan, backup: carryOut(plan) };
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
      if (tries === MOST_TRIES) throw badHostFile(plan.file, "somebody else goes on changing it");
    }
  }
}

function carryOut(plan: SetupPlan): string | undefined {
  if (plan.kind === "write") return replaceFile(plan.file, plan.before, plan.after);
  if (plan.kind === "nothing") return undefined;
  const { host, commands, undo, missing } = plan;
  if (missing !== undefined) throw hostNotInstalled(host.title, missing);
  for (const [at, command] of commands.entries()) {
    try {
      run(host, command);
    } catch (error) {
      if (at > 0 && undo) Bun.spawnSync(undo, { stdio: ["ignore", "ignore", "ignore"] });
      throw error;
    }
  }
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
