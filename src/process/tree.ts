// Which processes belong to a task: by descent, by process group and by the mark in their environment.

import type { Home } from "../home.ts";
import { isTaskId, type Leftover, type ProcessIdentity, type TaskId } from "../task.ts";
import { type ProcessInfo, table } from "./table.ts";
import { headOf } from "../cut.ts";

/** The hidden verb that a supervisor is started with; the task's id follows it. */
export const SUPERVISE_VERB = "__supervise";

/** The variable that every process of a task carries. */
export const TASK_MARK = "BACKBURNER_TASK_ID";

/**
 * All descendants of `root`, itself not among them. A supervisor met on the way is left out with all that is below it: a
 * command may itself start tasks, and they are not its own.
 */
export function descendantsOf(root: number, processes = table.list()): ProcessInfo[] {
  const children = Map.groupBy(processes, (one) => one.parentPid);
  const found: ProcessInfo[] = [];
  const queue = [...(children.get(root) ?? [])];
  for (let one = queue.pop(); one; one = queue.pop()) {
    if (isSupervisor(one.pid)) continue;
    found.push(one);
    queue.push(...(children.get(one.pid) ?? []));
  }
  return found;
}

const MOST_LOOKS = 8;

/**
 * As `descendantsOf` this process, but by asking who is whose child, from here on down: a few reads instead of one for each process of the
 * machine. A list that is read while somebody on it ends may lack others, and who loses its parent moves to another list; then the next look
 * differs, so two alike are wanted. `undefined` where the kernel doesn't tell, or when the tree changes faster than it can be read.
 */
export function ownDescendants(): ProcessInfo[] | undefined {
  const known = new Map([[process.pid, table.find(process.pid)]]);
  let before: string | undefined;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const found: ProcessInfo[] = [];
    const links: number[] = [];
    const queue = [process.pid];
    for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
      const children = table.childrenOf?.(parent, known.get(parent)?.threads);
      if (!children) return undefined;
      for (const pid of children) {
        links.push(parent, pid);
        if (!known.has(pid)) known.set(pid, memberOrNot(pid));
        const one = known.get(pid);
        if (!one) continue;
        found.push(one);
        queue.push(pid);
      }
    }
    const now = links.join(" ");
    if (now === before) return found;
    before = now;
  }
  return undefined;
}

function memberOrNot(pid: number): ProcessInfo | undefined {
  const found = table.find(pid);
  return found && !isSupervisor(pid) ? found : undefined;
}

/**
 * The processes of a task whose supervisor can't be asked: those that carry its mark, are in its group or are known by
 * identity, with their descendants. `groupId` is to be given only when it is certain that it is still the task's.
 */
export function processesOf(
  id: TaskId,
  groupId: number | undefined,
  known?: ReadonlyMap<number, ProcessIdentity>,
): ProcessInfo[] {
  const processes = table.list();
  const found = new Map<number, ProcessInfo>();
  for (const one of processes) {
    const belongs =
      one.groupId === groupId ||
      known?.get(one.pid)?.startedAt === one.startedAt ||
      table.hasInEnvironment(one.pid, `${TASK_MARK}=${id}`);
    if (!belongs || isSupervisor(one.pid)) continue;
    for (const below of [one, ...descendantsOf(one.pid, processes)]) found.set(below.pid, below);
  }
  found.delete(process.pid); // a task may cancel itself: the caller goes last, by itself
  return [...found.values()];
}

/**
 * What may be the command of a supervisor between fork and exec: in that moment it has its supervisor's argv and environment, and it
 * outlives it. It is not older than that, has one thread, and belongs to the same home. A supervisor that has settled looks the same.
 */
export function unborn(home: Home, supervisor: ProcessIdentity): ProcessInfo[] {
  const mark = `BACKBURNER_HOME=${home}`;
  const isYoung = ({ startedAt }: ProcessInfo) => Number(startedAt) >= Number(supervisor.startedAt); // proc_pid_stat(5): ticks
  return table
    .list()
    .filter(
      (one) => one.threads === 1 && isYoung(one) && isSupervisor(one.pid) && table.hasInEnvironment(one.pid, mark),
    );
}

const LONGEST_COMMAND_SHOWN = 200;

export function leftoverOf({ pid, startedAt }: ProcessInfo): Leftover {
  return { pid, startedAt, command: headOf(table.commandLine(pid).join(" "), LONGEST_COMMAND_SHOWN) };
}

/** The processes that are on their way to be a task's first supervisor, or are that, whatever they supervise now. */
export function supervisorsOf(id: TaskId): ProcessInfo[] {
  return table.list().filter(({ pid }) => {
    const argv = table.commandLine(pid);
    const at = argv.indexOf(SUPERVISE_VERB);
    return at > 0 && argv[at + 1] === id;
  });
}

/** True for a supervisor, and for the shell that is just starting one. */
export function isSupervisor(pid: number): boolean {
  const argv = table.commandLine(pid);
  const at = argv.indexOf(SUPERVISE_VERB);
  return at > 0 && isTaskId(argv[at + 1] ?? "");
}
