// Starts a task: checks the request, asks the policy, makes the row durable and sends a supervisor if a slot is free.

import { mkdirSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { MAX_SECONDS } from "../settings.ts";
import { messageOf } from "../errors.ts";
import {
  badDuration,
  badEnvName,
  badName,
  commandTooLong,
  cwdUnusable,
  emptyCommand,
  linesForCmd,
  noSuchCwd,
  noSuchCwdSet,
  noTerminal,
  notADirectory,
  nulInText,
  stdinTooLong,
} from "../wording.ts";
import { environmentPath, storePath, taskDir } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import type { Judged } from "../policy/judge.ts";
import { prepareHeadStart } from "../process/head-start.ts";
import { defaultShell } from "../process/shell.ts";
import { isCommandInterpreter, lineOf } from "../process/words.windows.ts";
import { table } from "../process/table.ts";
import { callersUmask } from "../process/umask.ts";
import { isNewer, refuseNewer } from "../store/migrations.ts";
import { getTask } from "../store/read.ts";
import { requestCard } from "../store/card.ts";
import { insertTask } from "../store/write.ts";
import { isReplaced } from "../supervisor/launch.ts";
import { launchAll } from "../supervisor/unclaimed.ts";
import type { Submission } from "../supervisor/submission.ts";
import { isTaskId, newTaskId, type Task, type TaskId } from "../task.ts";
import { admit } from "./admit.ts";
import { approvalText, digestOf } from "./approval.ts";
import type { App } from "./app.ts";
import { newQuestions } from "./questions.ts";

export interface StartRequest {
  command: string;
  /** Relative to the caller's own. */
  cwd?: string | undefined;
  name?: string | undefined;
  timeoutSeconds?: number | undefined;
  /** Ends a task that prints nothing for so long. */
  idleTimeoutSeconds?: number | undefined;
  /** Set on top of the caller's environment. */
  env?: Record<string, string> | undefined;
  /** Fed to its stdin at once; that is at its end then, unless it is to stay open. */
  stdin?: string | Uint8Array | undefined;
  /** Its stdin stays open for input. */
  interactive?: boolean | undefined;
  /** It runs in a terminal of its own, whose input is open as well. */
  pty?: boolean | undefined;
  /** A person can be asked where it comes from. */
  canAsk?: boolean | undefined;
  /** Of the terminal that the caller sits before. */
  size?: { cols: number; rows: number } | undefined;
}

/** Who submits: a task runs with its submitter's directory, environment and umask. */
export interface Caller {
  cwd: string;
  env: Record<string, string | undefined>;
}

export const processCaller = (): Caller => ({ cwd: ownDirectory(), env: process.env });

const FIRST_DIRECTORY = process.cwd();

/** Also once that was removed: a task that names another can start all the same, and one that doesn't is told what is missing. */
function ownDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return FIRST_DIRECTORY;
  }
}

/**
 * Resolves once the row is durable, and a supervisor on its way if a slot was free. With questions, those
 * of the policy among them, it waits in the queue until a person has said yes to each. Throws `bad_request` or `refused`.
 */
export async function start(app: App, request: StartRequest, caller: Caller, questions: string[] = []): Promise<Task> {
  const { config, store } = app;
  const command = checkCommand(request.command);
  const cwd = checkCwd(
    resolve(caller.cwd, config.cwd ?? "", atHome(request.cwd ?? "", caller)),
    config.cwd !== undefined && request.cwd === undefined,
  );
  const name = request.name === undefined ? undefined : checkName(request.name);
  const timeoutMs =
    request.timeoutSeconds === undefined
      ? config.timeoutMs
      : wholeMs(checkSeconds("timeout_seconds", request.timeoutSeconds));
  const { interactive = false, pty = false, size } = request;
  const idleTimeoutMs =
    request.idleTimeoutSeconds === undefined
      ? undefined
      : wholeMs(checkSeconds("idle_timeout_seconds", request.idleTimeoutSeconds));
  const env = environmentOf(caller, checkEnv(request.env ?? {}));
  if (pty) env.TERM ??= "xterm-256color";
  const stdin = request.stdin === undefined ? undefined : checkStdin(Buffer.from(request.stdin as string));
  if (isNewer(store) && !isReplaced()) refuseNewer(store, storePath(config.home));
  const shell = config.shell ?? defaultShell(env.PATH);
  if (isWindows) checkForWindows(command, shell, pty);
  const judged: Judged = {
    command,
    cwd,
    env: request.env ?? {},
    environment: caller.env,
    shell,
    interactive,
    pty,
    home: config.home,
    ...(stdin && { stdin: stdin.toString() }),
  };
  const verdict = await admit(judged, config.policy, request.canAsk === true);

  const id = newTaskId();
  const directory = taskDir(config.home, id);
  mkdirSync(directory, { mode: 0o700 });
  let inserted = false;
  let launched: TaskId[];
  try {
    const row = {
      id,
      command,
      cwd,
      shell,
      maxTasks: config.maxTasks,
      maxOutputBytes: config.maxOutputBytes,
      interactive,
      pty,
      ...(verdict && { verdict }),
      ...(name !== undefined && { name }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
      pidNamespace: table.pidNamespace(),
    };
    const submission: Submission = {
      env,
      umask: callersUmask(),
      card: requestCard(row),
      ...(stdin && { stdin: stdin.toString("base64") }),
      ...(pty && size && { size }),
    };
    const approval = () => approvalText(judged, Object.keys(judged.env), verdict?.patterns[0]);
    const messages = verdict?.decision === "ask" ? [...questions, approval()] : questions;
    writeFileSync(environmentPath(config.home, id), JSON.stringify(submission), { mode: 0o600, flag: "wx" });
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("start: before insert");
    launched = insertTask(store, { ...row, questions: newQuestions(messages, () => digestOf(judged, submission)) });
    inserted = true;
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("start: after insert");
    const toRun = { shell, command, cwd, env, umask: submission.umask, openStdin: interactive };
    const known = pty || stdin ? undefined : { id, command: toRun };
    launchAll(config.home, store, launched, undefined, known);
  } catch (error) {
    if (!inserted) rmSync(directory, { recursive: true, force: true }); // no environment may stay behind
    throw error;
  }
  if (launched.includes(id)) app.vigil.lookSoon();
  else await app.vigil.lookBesides(); // whoever holds its slot may be gone
  const task = getTask(store, id);
  if (!task) throw new Error(`task ${id} was inserted and is not there`);
  return task;
}

/** What the first start would be held up by: done before somebody waits for it. */
export const prepareStart = prepareHeadStart;

/** One argument of execve(2) holds 128 KiB with its terminating NUL (MAX_ARG_STRLEN, Linux). */
const LONGEST_COMMAND_BYTES = 128 * 1024 - 1;

/** The longest line that a process can be given (CreateProcessW), and cmd. */
const LONGEST_LINE = 32_767;
const LONGEST_CMD_LINE = 8_191;

function checkForWindows(command: string, shell: string[], pty: boolean): void {
  if (pty) throw noTerminal();
  const isCmd = isCommandInterpreter(shell[0] ?? "");
  if (isCmd && /[\r\n]/.test(command.trim())) throw linesForCmd();
  const around = lineOf([...shell, " "]).length;
  const most = (isCmd ? LONGEST_CMD_LINE : LONGEST_LINE) - around;
  if (command.length > most) throw commandTooLong(command.length, most, "characters");
}

function checkCommand(command: string): string {
  if (command.trim() === "") throw emptyCommand();
  if (command.includes("\0")) throw nulInText("command");
  const bytes = Buffer.byteLength(command);
  if (bytes > LONGEST_COMMAND_BYTES) throw commandTooLong(bytes, LONGEST_COMMAND_BYTES);
  return command;
}

/** It waits in memory, here and in the supervisor. */
const MOST_STDIN_BYTES = 64 * 2 ** 20;

function checkStdin(stdin: Buffer): Buffer {
  if (stdin.length > MOST_STDIN_BYTES) throw stdinTooLong(stdin.length, MOST_STDIN_BYTES);
  return stdin;
}

const isWindows = process.platform === "win32";
const AT_HOME = isWindows ? /^~(?=$|[\\/])/ : /^~(?=$|\/)/;

/** A leading "~" stands for the caller's home: no shell has read the path. */
function atHome(path: string, { env }: Caller): string {
  return AT_HOME.test(path) ? (env.HOME ?? homedir()) + path.slice(1) : path;
}

function checkCwd(cwd: string, isSetting: boolean): string {
  if (cwd.includes("\0")) throw nulInText("cwd");
  const found = lookAt(cwd);
  if (!found) throw isSetting ? noSuchCwdSet(cwd) : noSuchCwd(cwd);
  if (!found.isDirectory()) throw notADirectory(cwd);
  return cwd;
}

function lookAt(cwd: string): Stats | undefined {
  try {
    return statSync(cwd, { throwIfNoEntry: false });
  } catch (error) {
    throw cwdUnusable(cwd, (error as NodeJS.ErrnoException).code ?? messageOf(error)); // its name is too long, a parent is closed, links in a circle
  }
}

const LONGEST_NAME = 100;

function checkName(name: string): string {
  if (name.trim() === "") throw badName(name, "is empty");
  if (name.length > LONGEST_NAME) throw badName(name, `is ${name.length} characters long; use at most ${LONGEST_NAME}`);
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name))
    throw badName(name, "holds control characters; use letters, digits and spaces");
  if (isTaskId(name)) throw badName(name, "looks like a task id; choose another");
  return name;
}

/** A number of seconds that a timer can be set to. */
export function checkSeconds(what: string, seconds: number, least = Number.MIN_VALUE): number {
  if (!(seconds >= least && seconds <= MAX_SECONDS)) throw badDuration(what, seconds, MAX_SECONDS);
  return seconds;
}

/** The store keeps whole ones; none at all would be no time limit but an end at once. */
function wholeMs(seconds: number): number {
  return Math.ceil(seconds * 1000);
}

function checkEnv(env: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw badEnvName(name);
    if (value.includes("\0")) throw nulInText(`value of ${name}`);
  }
  return env;
}

/** Nobody sits before a task: output must not wait in a buffer, and a pager must not wait for a key. */
const UNATTENDED = { PYTHONUNBUFFERED: "1", PAGER: "cat", GIT_PAGER: "cat", MANPAGER: "cat" };

/** Windows has Path and PATH for the same variable. */
function isIn(set: Record<string, string>, name: string): boolean {
  return Object.keys(set).some((other) => other.toUpperCase() === name.toUpperCase());
}

function environmentOf(caller: Caller, extra: Record<string, string>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(caller.env)) if (value !== undefined) env[name] = value;
  const set = { ...UNATTENDED, ...extra };
  if (isWindows) for (const name of Object.keys(env)) if (isIn(set, name)) delete env[name];
  return { ...env, ...set };
}
