// Which backburner runs: this one, the one on the PATH, those that supervise tasks and serve clients.

import { closeSync, constants, existsSync, openSync, readlinkSync, readSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { BUILD } from "../../build.ts";
import { storePath } from "../../home.ts";
import { table } from "../../process/table.ts";
import { openAsItIs, versionOf } from "../../store/inspect.ts";
import { STORE_VERSION } from "../../store/migrations.ts";
import { getSlotHolders } from "../../store/read.ts";
import { type Check, type Finding, findings } from "./check.ts";

const { ok, warning } = findings("version");

export const checkVersions: Check = ({ home, env }) => [
  ok(`${BUILD}, ${process.execPath}${oldSupervisors(home)}`),
  ...onPath(env.PATH),
  ...oldServers(),
];

function onPath(path: string | undefined): Finding[] {
  const found = Bun.which("backburner", { PATH: path ?? "" });
  if (found === null || isSameProgram(found)) return [];
  return [
    warning(
      `the PATH leads to another backburner, ${found}`,
      `"${found} --version" tells which; remove the one that you do not want`,
    ),
  ];
}

/** Supervisors of an older binary go on with it to the end of their task, which is no trouble. */
function oldSupervisors(home: string): string {
  if (!existsSync(storePath(home))) return "";
  try {
    const store = openAsItIs(home, 0);
    try {
      if (versionOf(store) !== STORE_VERSION) return "";
      const pids = getSlotHolders(store).map(({ supervisor }) => supervisor?.pid ?? 0);
      const old = pids.filter((pid) => pid > 0 && isOld(pid)).length;
      return old === 0 ? "" : `; ${old} running ${old === 1 ? "task has" : "tasks have"} a supervisor of another build`;
    } finally {
      store.close();
    }
  } catch {
    return ""; // the store's check tells of it
  }
}

/** Servers whose binary was replaced: a client goes on with the one it has started. */
function oldServers(): Finding[] {
  const pids = table
    .list()
    .filter(({ pid }) => {
      const [program = "", verb] = table.commandLine(pid);
      return basename(program).startsWith("backburner") && (verb === "mcp" || verb === undefined);
    })
    .map(({ pid }) => pid)
    .filter(isReplaced);
  if (pids.length === 0) return [];
  const many = pids.length > 1;
  return [
    warning(
      `${many ? "servers run" : "a server runs"} a binary that was replaced since (pid ${pids.join(", ")})`,
      `restart the ${many ? "clients" : "client"}, or reload ${many ? "their" : "its"} MCP servers`,
    ),
  ];
}

const DELETED = " (deleted)"; // proc_pid_exe(5)

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // gone, another user's, or another system
  }
}

function isReplaced(pid: number): boolean {
  return programOf(pid)?.endsWith(DELETED) === true;
}

function isOld(pid: number): boolean {
  const program = programOf(pid);
  return program !== undefined && (program.endsWith(DELETED) || !isSameProgram(program));
}

const END_BYTES = 4 * 2 ** 20;

/** True for this file under any name, and for a copy of it: what differs between two builds stands at their end. */
export function isSameProgram(path: string): boolean {
  try {
    if (realpathSync(path) === realpathSync(process.execPath)) return true;
    if (statSync(path).size !== statSync(process.execPath).size) return false;
    return endOf(path).equals(endOf(process.execPath));
  } catch {
    return false;
  }
}

function endOf(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const bytes = Buffer.alloc(END_BYTES);
    const read = readSync(fd, bytes, 0, END_BYTES, Math.max(0, statSync(path).size - END_BYTES));
    return bytes.subarray(0, read);
  } finally {
    closeSync(fd);
  }
}
