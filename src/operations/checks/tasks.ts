// What the store says of tasks, held against who runs and what lies on the disk.

import { closeSync, constants, existsSync, lstatSync, readdirSync, readSync, rmSync } from "node:fs";
import { isDirectory, openPlain } from "../../files.ts";
import {
  controlPath,
  environmentPath,
  type Home,
  holdPath,
  storePath,
  taskDir,
  tasksDir,
  tracePath,
} from "../../home.ts";
import { getStatuses, openAsItIs, versionOf } from "../../store/inspect.ts";
import { STORE_VERSION } from "../../store/migrations.ts";
import { openStore, type Store } from "../../store/open.ts";
import { getSlotHolders, nextInQueue } from "../../store/read.ts";
import { remove as removeSocket } from "../../supervisor/address.ts";
import { listens } from "../../supervisor/client.ts";
import { supervisorLives } from "../../supervisor/alive.ts";
import { recoverDead, RESERVATION_MS } from "../../supervisor/recover.ts";
import { isTaskId, isTerminal, type Task, type TaskId, type TaskStatus } from "../../task.ts";
import { visible } from "../../visible.ts";
import { straysOf } from "../prune.ts";
import { type Check, type Finding, findings, quoted } from "./check.ts";
import { headOf } from "../../cut.ts";

const { ok, warning, problem } = findings("tasks");

const SHOWN = 3;
const BUSY_MS = 300;

export const checkTasks: Check = async ({ home }) => {
  if (!existsSync(storePath(home)) || !isDirectory(tasksDir(home))) return [];
  let store: Store;
  try {
    store = openAsItIs(home, BUSY_MS);
  } catch {
    return []; // the store's check tells of it
  }
  try {
    if (versionOf(store) !== STORE_VERSION) return [];
    const statuses = getStatuses(store);
    const wrong = [
      ...supervisors(home, store),
      ...(await leavings(home, statuses)),
      ...strays(home, store),
      ...complaints(home),
    ];
    return wrong.length > 0 ? wrong : [ok(summary([...statuses.values()]))];
  } finally {
    store.close();
  }
};

function summary(statuses: TaskStatus[]): string {
  const count = (wanted: TaskStatus) => statuses.filter((status) => status === wanted).length;
  const [running, waiting] = [count("working"), count("queued")];
  const ended = statuses.filter(isTerminal).length;
  const supervised = running === 0 ? "none running" : `${running} running, each with its supervisor`;
  return [supervised, ...(waiting === 0 ? [] : [`${waiting} waiting`]), `${ended} ended`].join("; ");
}

/** Tasks that hold a slot and that nobody looks after, and a queue that stands still. */
function supervisors(home: Home, store: Store): Finding[] {
  const holders = getSlotHolders(store);
  const isGone = ({ id, status, supervisor }: Task) =>
    supervisor !== undefined &&
    supervisorLives(supervisor) === false &&
    // It may have given the slot back and left since the row was read.
    getSlotHolders(store).some((now) => now.id === id && now.status === status);
  const dead = holders.filter((task) => task.status === "working" && isGone(task));
  const lost = holders.filter(
    ({ status, reservedAtMs }) =>
      status === "queued" && reservedAtMs !== undefined && Math.abs(Date.now() - reservedAtMs) > RESERVATION_MS,
  );
  const kept = holders.filter((task) => isTerminal(task.status) && isGone(task));
  const waits = nextInQueue(store);
  const recover = (done: string) => async () => {
    const opened = openStore(home);
    await recoverDead(home, opened).finally(() => opened.close());
    return done;
  };
  const found: Finding[] = [];
  if (dead.length > 0)
    found.push(
      problem(
        `${named(dead)} ${dead.length === 1 ? "is" : "are"} recorded as working, and the supervisor is gone`,
        'any verb that reads tasks, such as "backburner list", records that as interrupted and ends what is left of it',
        recover(
          `${named(dead)} recorded as interrupted, and what was left of ${dead.length === 1 ? "it" : "them"} ended`,
        ),
      ),
    );
  if (lost.length > 0)
    found.push(
      problem(
        `no supervisor has come for ${named(lost)}, ${RESERVATION_MS / 1000} s after it was sent`,
        `"backburner list" sends another; ${tracePath(home)} may say what became of the first`,
        recover(`another supervisor was sent for ${named(lost)}`),
      ),
    );
  if (kept.length > 0)
    found.push(
      problem(
        `the slot of ${named(kept)} was not given back at its end: the supervisor is gone`,
        '"backburner list" gives it to the next',
        recover("it is free again"),
      ),
    );
  if (waits !== undefined)
    found.push(
      problem(
        `task ${waits} waits although a slot is free`,
        '"backburner list" starts it',
        recover("the queue goes on"),
      ),
    );
  return found;
}

function named(tasks: Task[]): string {
  const shown = tasks.slice(0, SHOWN).map(({ id, name }) => (name === undefined ? id : `${id} (${visible(name)})`));
  const more = tasks.length > SHOWN ? ` and ${tasks.length - SHOWN} more` : "";
  return `${tasks.length === 1 ? "task" : "tasks"} ${shown.join(", ")}${more}`;
}

/** Sockets that nobody listens on, and environments that nobody will take, of tasks that are over. */
async function leavings(home: Home, statuses: Map<TaskId, TaskStatus>): Promise<Finding[]> {
  const over = readdirSync(tasksDir(home)).filter((name): name is TaskId => {
    const status = isTaskId(name) ? statuses.get(name) : "queued";
    return status !== undefined && isTerminal(status);
  });
  const sockets: string[] = [];
  const environments: string[] = [];
  for (const id of over) {
    if (existsSync(environmentPath(home, id))) environments.push(environmentPath(home, id));
    if (existsSync(holdPath(home, id)) && !existsSync(controlPath(home, id))) sockets.push(holdPath(home, id));
    const isThere = () => lstatSync(controlPath(home, id), { throwIfNoEntry: false }) !== undefined;
    if (isThere() && (await listens(home, id)) !== "yes" && isThere()) sockets.push(controlPath(home, id));
  }
  const remove = (paths: string[]) => () => {
    for (const path of paths) removeSocket(path);
    return `${paths.length === 1 ? paths[0] : `${paths.length} files`} removed`;
  };
  const found: Finding[] = [];
  if (sockets.length > 0)
    found.push(
      warning(
        `${some(sockets)} left by a task that is over, and nobody listens there`,
        removal(sockets),
        remove(sockets),
      ),
    );
  if (environments.length > 0)
    found.push(
      problem(
        `${some(environments)} left by a task that is over: it holds an environment, which may hold secrets`,
        removal(environments),
        remove(environments),
      ),
    );
  return found;
}

function removal([first = "", ...more]: string[]): string {
  return more.length === 0 ? `rm ${quoted(first)}` : '"backburner doctor --fix" removes them';
}

function some([first, ...more]: string[]): string {
  return more.length === 0 ? `${first} was` : `${first} and ${more.length} more were`;
}

function strays(home: Home, store: Store): Finding[] {
  const found = straysOf(home, store, readdirSync(tasksDir(home)));
  if (found.length === 0) return [];
  const what = found.length === 1 ? "directory" : "directories";
  return [
    warning(
      `${found.length} ${what} below ${tasksDir(home)} without a task, such as ${found[0]}`,
      '"backburner prune" removes them',
      () => {
        for (const id of found) rmSync(taskDir(home, id), { recursive: true, force: true });
        return `${found.length} ${what} removed`;
      },
    ),
  ];
}

const DAY_MS = 24 * 3_600_000;
const TRACE_BYTES = 16 * 1024;

/** What supervisors had to complain about within a day. */
function complaints(home: Home): Finding[] {
  const path = tracePath(home);
  const lines = lastLines(path).filter((line) => Date.parse(line.split(" ", 1)[0] ?? "") > Date.now() - DAY_MS);
  const last = lines.at(-1);
  if (last === undefined) return [];
  return [
    warning(
      `supervisors have complained ${lines.length === 1 ? "once" : `${lines.length} times`} within a day, last: ${headOf(visible(last), 200)}`,
      `read ${path}, and remove it when you have dealt with it`,
    ),
  ];
}

function lastLines(path: string): string[] {
  let fd: number;
  try {
    fd = openPlain(path, constants.O_RDONLY);
  } catch {
    return [];
  }
  try {
    const bytes = Buffer.alloc(TRACE_BYTES);
    const size = lstatSync(path).size;
    const read = readSync(fd, bytes, 0, TRACE_BYTES, Math.max(0, size - TRACE_BYTES));
    return bytes.subarray(0, read).toString().split("\n");
  } finally {
    closeSync(fd);
  }
}
