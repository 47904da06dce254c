// MCP clients: which know us, and whether what they would start is still there and is this program.

import { accessSync, constants, existsSync } from "node:fs";
import { basename, isAbsolute, resolve } from "node:path";
import { messageOf } from "../../errors.ts";
import { homeOf } from "../../given-home.ts";
import { type Host, HOSTS } from "../../hosts/host.ts";
import { entryAt, readSettings } from "../../hosts/settings.ts";
import { fileOf, isInstalled } from "../setup.ts";
import { type Check, type Finding, findings } from "./check.ts";
import { BUN_VARIABLES } from "./settings.ts";
import { isSameProgram } from "./versions.ts";

const { ok, warning, problem } = findings("clients");

export const checkClients: Check = ({ home, env }) => {
  const found: Finding[] = [];
  const know: string[] = [];
  const strangers: string[] = [];
  for (const host of HOSTS) {
    const places = new Set([fileOf(host), ...(host.projectFile === undefined ? [] : [resolve(host.projectFile)])]);
    const told = [...places].flatMap((file) => look(host, file, home, env));
    found.push(...told.filter(({ level }) => level !== "ok"));
    if (told.length > 0) know.push(host.title);
    else if (isInstalled(host)) strangers.push(host.id);
  }
  const setUp =
    strangers.length === 0 ? "" : `; here too: ${strangers.join(", ")} ("backburner setup ${strangers[0]}")`;
  if (found.length === 0)
    found.push(
      ok(know.length > 0 ? `${know.join(", ")} will start this program${setUp}` : `none knows backburner${setUp}`),
    );
  return found;
};

interface Entry {
  command?: unknown;
  args?: unknown;
  env?: unknown;
  environment?: unknown;
}

/** One finding for each entry of ours in the file. */
function look(host: Host, file: string, home: string, env: Record<string, string | undefined>): Finding[] {
  if (!existsSync(file)) return [];
  let servers: unknown;
  try {
    servers = entryAt(file, readSettings(file), host.servers);
  } catch (error) {
    const why = messageOf(error).replace(/^.* was left as it is: |; mend it and try again$/g, "");
    return [warning(`the settings of ${host.title} can't be read: ${why} (${file})`, `mend ${file}`)];
  }
  if (typeof servers !== "object" || servers === null) return [];
  return Object.entries(servers as Record<string, Entry | null>).flatMap(([name, entry]) => {
    const { command, argv } = commandOf(entry);
    if (command === undefined || (name !== "backburner" && !isCalledSo(command))) return [];
    const again = name === "backburner" ? `backburner setup ${host.id}` : `backburner setup ${host.id} --name ${name}`;
    const wrong = wrongWith(command, argv, env.PATH);
    if (wrong !== undefined)
      return [wrong.level(`${host.title} (${file}) ${wrong.message}`, `"${again}" sets it right`)];
    return [...wrongSurroundings(host, file, entry, home), ok(host.title)].slice(0, 1);
  });
}

/** Of opencode the command is a list. */
function commandOf(entry: Entry | null): { command: string | undefined; argv: unknown[] } {
  const { command, args } = entry ?? {};
  const [first, ...more]: unknown[] = Array.isArray(command)
    ? command
    : [command, ...(Array.isArray(args) ? args : [])];
  return { command: typeof first === "string" ? first : undefined, argv: more };
}

function isCalledSo(command: string): boolean {
  return /^backburner(?:\.exe)?$/.test(basename(command));
}

function wrongWith(command: string, argv: unknown[], path: string | undefined) {
  if (!isCalledSo(command)) return undefined; // somebody's own way, such as a wrapper
  const program = isAbsolute(command) ? command : Bun.which(command, { PATH: path ?? "" });
  if (program === null || !existsSync(program))
    return { level: problem, message: `starts ${command}, which is not there` };
  try {
    accessSync(program, constants.X_OK);
  } catch {
    return { level: problem, message: `starts ${command}, which can't be run` };
  }
  if (argv.length > 0 && argv[0] !== "mcp")
    return { level: problem, message: `starts ${command} with ${JSON.stringify(argv[0])} and not with "mcp"` };
  return isSameProgram(program)
    ? undefined
    : { level: warning, message: `starts ${program}, which is another build than this` };
}

function wrongSurroundings(host: Host, file: string, entry: Entry | null, home: string): Finding[] {
  const given = entry?.env ?? entry?.environment;
  const env = typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
  const taken = BUN_VARIABLES.filter((name) => env[name]);
  if (taken.length > 0)
    return [
      problem(
        `${host.title} (${file}) sets ${taken.join(" and ")} for us, with which another program runs in our place`,
        `remove it from the env there`,
      ),
    ];
  const { BACKBURNER_HOME: other } = env;
  if (typeof other !== "string" || other.includes("$") || homeOf({ BACKBURNER_HOME: other }) === home) return [];
  return [
    warning(
      `${host.title} (${file}) has another home, ${other}: its tasks are not listed here`,
      `BACKBURNER_HOME=${other} backburner list shows them; or remove it from the env there`,
    ),
  ];
}
