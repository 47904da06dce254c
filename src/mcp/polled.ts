// What a client that polls is told of a task, or of a wait for tasks, in our own words. The two generations put it into theirs.

import type { CallToolResult } from "@modelcontextprotocol/server";
import type { App } from "../operations/app.ts";
import { MOST_FOLLOWED } from "../operations/changes.ts";
import type { Handle } from "../operations/handles.ts";
import { type Question, questionsOf } from "../operations/questions.ts";
import { tailOf } from "../operations/result.ts";
import { WAIT_TAIL_LINES } from "../operations/tails.ts";
import { answerOf, tasksOf, type Wait } from "../operations/waits.ts";
import { howEnded, isTerminal, progressText, type Task, type TaskStatus } from "../task.ts";
import { toolError, toolResult } from "./reply.ts";
import { visible } from "../visible.ts";
import { DEFAULT_TAIL_LINES } from "./tools/result.ts";
import { wireEnded } from "./tools/start.ts";
import { wireWaited } from "./tools/wait.ts";
import { shortened } from "../cut.ts";

export interface Polled {
  id: string;
  /** A wait that is over has completed, however its tasks ended. */
  status: TaskStatus;
  /** What a person has to answer before it goes on. */
  questions: Question[];
  /** One line for people. */
  message: string;
  createdAtMs: number;
  updatedAtMs: number;
  /** How long it is kept, from its creation. Grows while it goes on. */
  keptMs: number;
  /**
   * What the tool that gave the handle answers with, now that it is over. `undefined`: there is nothing but the message. A client that
   * polled puts it before its model unasked, so that it is short; `asked`: the call itself is answered.
   */
  reply(asked?: "asked"): Record<string, unknown> | undefined;
}

export function polled(app: App, handle: Handle): Polled {
  return "wait" in handle ? polledWait(app, handle.wait) : polledTask(app, handle.task);
}

function polledTask(app: App, task: Task): Polled {
  return {
    id: task.id,
    status: task.status,
    questions: questionsOf(app, task),
    message: visible(messageOf(app, task)),
    createdAtMs: task.createdAtMs,
    updatedAtMs: changedAtMs(task),
    keptMs: app.config.keep.ms + (task.finishedAtMs ?? Date.now()) - task.createdAtMs,
    reply: (asked) => wireEnded(app, task, asked ? DEFAULT_TAIL_LINES : WAIT_TAIL_LINES),
  };
}

const WAIT_STATUS = {
  waiting: "working",
  ended: "completed",
  matched: "completed",
  timeout: "completed",
  failed: "failed",
  cancelled: "cancelled",
} as const;

function polledWait(app: App, wait: Wait): Polled {
  const over = wait.status !== "waiting";
  const tasks = over ? answerOf(wait).tasks.map(({ task }) => task) : tasksOf(app, wait);
  return {
    id: wait.id,
    status: WAIT_STATUS[wait.status],
    questions: over ? [] : tasks.flatMap((task) => questionsOf(app, task)),
    message: visible(waitMessage(app, wait, tasks)),
    createdAtMs: wait.createdAtMs,
    updatedAtMs: wait.finishedAtMs ?? Math.max(wait.createdAtMs, ...tasks.map(changedAtMs)),
    keptMs: wait.ttlMs ?? app.config.keep.ms + (wait.finishedAtMs ?? Date.now()) - wait.createdAtMs,
    reply() {
      const { status } = wait;
      if (status !== "ended" && status !== "matched" && status !== "timeout") return undefined;
      return wireWaited({ ...answerOf(wait), reason: status });
    },
  };
}

/** The reply as a tool's result. Of a command that did not succeed it is an error's. */
export function resultOf(given: Polled, reply = given.reply()): CallToolResult {
  if (!reply) return toolError(given.message);
  return { ...toolResult(reply), ...(given.status !== "completed" && { isError: true }) };
}

function changedAtMs(task: Task): number {
  return task.finishedAtMs ?? task.lastOutputAtMs ?? task.startedAtMs ?? task.createdAtMs;
}

function waitMessage(app: App, wait: Wait, tasks: Task[]): string {
  if (wait.status === "cancelled") return "the waiting was given up; the tasks go on";
  if (wait.status === "failed") return wait.reason ?? "the waiting could not go on";
  const [only] = tasks;
  const each = tasks.slice(0, MOST_FOLLOWED).map((task) => `${task.name ?? task.id}: ${messageOf(app, task)}`);
  const listed = `${each.join("; ")}${tasks.length > MOST_FOLLOWED ? "; …" : ""}`;
  if (wait.status !== "waiting") return `${wait.status === "timeout" ? "still going" : wait.status}: ${listed}`;
  const toPrint = wait.pattern === undefined ? "" : ` to print ${JSON.stringify(cut(wait.pattern))}`;
  if (only && tasks.length === 1) return `waiting for ${only.name ?? only.id}${toPrint}: ${messageOf(app, only)}`;
  return `waiting for ${wait.until} of ${tasks.length}${toPrint}: ${listed}`;
}

function messageOf(app: App, task: Task): string {
  const [question] = questionsOf(app, task);
  if (question) return `waiting for a person's yes: ${cut(question.message)}`;
  if (task.status === "queued") return task.reservedAtMs === undefined ? "queued, waiting for a free slot" : "starting";
  if (isTerminal(task.status)) return howEnded(task);
  if (task.waitsForInput) return `waiting for input: ${cut(task.waitsForInput.lastLine)}`;
  const line = task.outputBytes ? oneLine(tailOf(app, task, 1, LONGEST_LINE).text) : "";
  return [progressBeside(task, line), line].filter((part) => part !== "").join(": ") || "running";
}

/** Empty when the line says it already. */
function progressBeside({ progress }: Task, line: string): string {
  if (!progress) return "";
  const said = [`${progress.percent}%`, `${progress.step}/${progress.total}`].some((part) => line.includes(part));
  return said ? "" : progressText(progress);
}

const LONGEST_LINE = 2_000;
const LONGEST_SHOWN = 200;

function oneLine(text: string): string {
  return cut(text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim());
}

const cut = (text: string) => shortened(text, LONGEST_SHOWN);
