// A task that a person has to say yes to first: it waits in the queue, and any process may hear the answer.

import { getOpenQuestions, type NewQuestion, type Question } from "../store/questions.ts";
import { answerQuestion } from "../store/write.ts";
import { announceUnclaimedEnd, launchAll } from "../supervisor/recover.ts";
import type { Task, TaskId } from "../task.ts";
import type { App } from "./app.ts";

export type { Question } from "../store/questions.ts";

/** Nobody who comes back from lunch should start what was asked for in the morning. */
const ANSWERABLE_MS = 15 * 60_000;

/** What is to be asked about a task before it may run. */
export function newQuestions(taskId: TaskId, messages: string[]): NewQuestion[] {
  const expiresAtMs = Date.now() + ANSWERABLE_MS;
  return messages.map((message, at) => ({ key: `${taskId}-${at + 1}`, message, expiresAtMs }));
}

/** What has still to be answered before the task may run. */
export function questionsOf(app: App, task: Task): Question[] {
  return task.status === "queued" ? getOpenQuestions(app.store, task.id) : [];
}

const SAID_NO = { status: "cancelled", reason: "the person who was asked said no" } as const;

/** The last yes lets the task run, the first no ends it. False when nobody waits for this answer (any more). */
export function takeAnswer({ config, store }: App, question: Question, yes: boolean): boolean {
  const announce = () => announceUnclaimedEnd(config.home, question.taskId);
  const { won, launch } = answerQuestion(store, question, yes ? undefined : SAID_NO, announce);
  launchAll(config.home, store, launch);
  if (won && !yes) announce();
  return won;
}
