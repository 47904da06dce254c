// What we ask of the system, each really asked for: the process table, adoption of orphans, a terminal, limits, the clock.

import { existsSync, readFileSync, statSync } from "node:fs";
import { instant } from "../../wire.ts";
import { messageOf } from "../../errors.ts";
import { storePath } from "../../home.ts";
import { takesLinuxWays } from "../../process/system.ts";
import { table } from "../../process/table.ts";
import { getLatestMs, openAsItIs, versionOf } from "../../store/inspect.ts";
import { STORE_VERSION } from "../../store/migrations.ts";
import { type Check, type Finding, findings } from "./check.ts";

const processes = findings("processes");

export const checkProcesses: Check = () => {
  const advice = takesLinuxWays
    ? "make proc(5) readable for you; containers need it mounted at /proc"
    : "make ps(1) work for you";
  try {
    const self = table.find(process.pid);
    if (!self) return [processes.problem("this process is not in the process table", advice)];
    table.bootId();
    table.pidNamespace();
    if (table.commandLine(process.pid).length === 0)
      return [processes.problem("the command line of this process can't be read", advice)];
    return [processes.ok(`${table.list().length} are seen`)];
  } catch (error) {
    return [processes.problem(`the process table can't be read (${messageOf(error)})`, advice)];
  }
};

const orphans = findings("subreaper");
const ORPHAN_MS = 1_000;

/** A grandchild that has lost its parent has to become our child. */
export const checkSubreaper: Check = async () => {
  if (process.platform === "win32") return checkJob();
  if (!takesLinuxWays)
    return [orphans.ok("this system has none; descendants are found by their group and environment")];
  const { becomeSubreaper } = await import("../../process/libc.ts");
  const refused = orphans.warning(
    "the kernel does not let us adopt orphans: of what a command leaves behind, only what kept its group or environment is found",
    "allow prctl(PR_SET_CHILD_SUBREAPER) where a sandbox (seccomp) forbids it",
  );
  if (!becomeSubreaper()) return [refused];
  const shell = Bun.spawn(["/bin/sh", "-c", "sleep 5 >/dev/null & echo $!"], { stdin: "ignore", stderr: "ignore" });
  const pid = Number(await shell.stdout.text());
  const code = await shell.exited;
  if (!(pid > 0))
    // to kill(2) a 0 is everybody in our own process group
    return [
      orphans.problem(
        `/bin/sh can't start a process in the background (it left with ${code})`,
        'see whether there are too many processes ("ulimit -u", TasksMax=), and whether /bin/sh is a shell',
      ),
    ];
  const deadline = performance.now() + ORPHAN_MS;
  let parent = table.find(pid)?.parentPid;
  while (parent === shell.pid && performance.now() < deadline) {
    await Bun.sleep(2);
    parent = table.find(pid)?.parentPid;
  }
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
  return [parent === process.pid ? orphans.ok("orphans of a command are adopted") : refused];
};

async function checkJob(): Promise<Finding[]> {
  const { enterJob } = await import("../../process/job.windows.ts");
  try {
    enterJob().release();
    return [orphans.ok("this system has Job Objects instead, which hold all that a command starts")];
  } catch (error) {
    const advice = "update Windows: jobs within jobs came with Windows 8";
    return [
      orphans.warning(
        `no Job Object can be had (${messageOf(error)}): descendants are found by parent and environment`,
        advice,
      ),
    ];
  }
}

const terminal = findings("terminal");
const TERMINAL_MS = 2_000;

export const checkTerminal: Check = async () => {
  if (process.platform === "win32") return [terminal.ok("this system has none for tasks")];
  const advice =
    "make /dev/ptmx and /dev/pts usable for you (devpts; pts(4)); tasks without a terminal work all the same";
  try {
    const { DEFAULT_SIZE, spawnInTerminal } = await import("../../process/spawn.ts");
    let said = "";
    const spawned = spawnInTerminal(
      {
        shell: ["/bin/sh", "-c"],
        command: "test -t 0 && test -t 1 && echo it is one",
        cwd: "/",
        env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
        umask: 0o077,
        onOutput: (_, chunk) => void (said += Buffer.from(chunk).toString()),
      },
      DEFAULT_SIZE,
    );
    const timer = setTimeout(() => process.kill(spawned.pid, "SIGKILL"), TERMINAL_MS);
    await spawned.exited;
    clearTimeout(timer);
    await spawned.drain();
    if (said.includes("it is one")) return [terminal.ok("one was opened, and a command ran in it")];
    return [terminal.problem("a command that is run in a terminal finds none (start --pty)", advice)];
  } catch (error) {
    return [terminal.problem(`no terminal can be opened for a task (${messageOf(error)})`, advice)];
  }
};

const limits = findings("limits");
const FEW_FILES = 1_024;
const LEAST_FILES = 256;
const FEW_PROCESSES = 256;

/** Of this process: the runtime has raised the number of open files to what it may be. */
export const checkLimits: Check = () => {
  const { files, others } = limitsHere();
  if (files === undefined) return [];
  const found: Finding[] = [];
  const advice = 'raise it: "ulimit -Hn", limits.conf(5), or LimitNOFILE= of the service that starts your client';
  if (files < LEAST_FILES) found.push(limits.problem(`only ${files} files may be open at once`, advice));
  else if (files < FEW_FILES) found.push(limits.warning(`only ${files} files may be open at once`, advice));
  if (others !== undefined && others < FEW_PROCESSES)
    found.push(
      limits.warning(
        `only ${others} processes and threads may run at once, and each running task takes three or more`,
        'raise it: "ulimit -u", limits.conf(5), or TasksMax= of the service that starts your client',
      ),
    );
  return found.length > 0 ? found : [limits.ok(`${files} open files`)];
};

function limitsHere(): { files?: number | undefined; others?: number | undefined } {
  if (process.platform === "win32") return {};
  const numberOf = (text: string | undefined) =>
    text === undefined ? undefined : text === "unlimited" ? Number.POSITIVE_INFINITY : Number(text);
  if (!takesLinuxWays)
    return { files: numberOf(Bun.spawnSync(["/bin/sh", "-c", "ulimit -n"]).stdout.toString().trim()) };
  const text = readFileSync("/proc/self/limits", "latin1"); // proc_pid_limits(5)
  const soft = (name: string) => numberOf(new RegExp(`^${name} +(\\S+)`, "m").exec(text)?.[1]);
  return { files: soft("Max open files"), others: soft("Max processes") };
}

const clock = findings("clock");
const JUMP_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

/** It can only be held against what was written by it: the newest task, and this program. */
export const checkClock: Check = ({ home }) => {
  const now = Date.now();
  const advice =
    "set the clock; timeouts and durations are right all the same, times in lists and the clean-up are not";
  const latest = latestOf(home);
  if (latest !== undefined && latest > now + JUMP_MS)
    return [
      clock.warning(`it is ${instant(now)}, and a task is from ${instant(latest)}: the clock was set back`, advice),
    ];
  const built = statSync(process.execPath, { throwIfNoEntry: false })?.mtimeMs;
  if (built !== undefined && built > now + DAY_MS)
    return [clock.warning(`it is ${instant(now)}, and this program is from ${instant(built)}`, advice)];
  return [clock.ok(instant(now))];
};

function latestOf(home: string): number | undefined {
  if (!existsSync(storePath(home))) return undefined;
  try {
    const store = openAsItIs(home, 0);
    try {
      return versionOf(store) === STORE_VERSION ? getLatestMs(store) : undefined;
    } finally {
      store.close();
    }
  } catch {
    return undefined; // the store's check tells of it
  }
}
