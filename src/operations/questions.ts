// A task that a person has to say yes to first: it waits in the queue, and any process may hear the answer. An answer is bound to what
// was asked about, counts once, and may come too late.

import { writeCard } from "../store/card.ts";
import { getOpenQuestions, type NewQuestion, type Question, taskOfQuestion } from "../store/questions.ts";
import { getTask } from "../store/read.ts";
import { answerQuestion } from "../store/write.ts";
import { announceUnclaimedEnd, launchAll } from "../supervisor/unclaimed.ts";
import { readSubmission } from "../supervisor/submission.ts";
import type { Task } from "../task.ts";
import { digestOf, inputText } from "./approval.ts";
import type { App } from "./app.ts";

export type { Question } from "../store/questions.ts";

/** Nobody who comes back from lunch should start what was asked for in the morning. */
const ANSWERABLE_MS = 15 * 60_000;

/** What is to be asked about a task before it may run. An answer needs the key, which nobody can guess. */
export function newQuestions(messages: string[], digestOfAll: () => string): NewQuestion[] {
  if (messages.length === 0) return [];
  const digest = digestOfAll();
  const expiresAtMs = Date.now() + ANSWERABLE_MS;
  return messages.map((message) => ({
    key: crypto.getRandomValues(new Uint8Array(16)).toHex(),
    message,
    digest,
    expiresAtMs,
  }));
}

/** What has still to be answered before the task may run. */
export function questionsOf(app: App, task: Task): Question[] {
  const open = task.status === "queued" ? getOpenQuestions(app.store, task.id) : [];
  const submission = open.length > 0 ? readSubmission(app.config.home, task.id) : undefined;
  return submission ? open.map((one) => ({ ...one, message: one.message + inputText(submission) })) : open;
}

/** The task that one of these keys has asked about, also once it is answered. */
export function taskAskedAbout(app: App, keys: string[]): Task | undefined {
  const ids = keys.flatMap((key) => taskOfQuestion(app.store, key) ?? []);
  return ids[0] === undefined ? undefined : getTask(app.store, ids[0]);
}

const SAID_NO = "the person who was asked said no";

/** The last yes lets the task run, the first no ends it. False when nobody waits for this answer (any more). */
export function takeAnswer(app: App, question: Question, yes: boolean): boolean {
  const allowed = yes && isUnchanged(app, question);
  return settle(
    app,
    question,
    allowed ? undefined : yes ? "it is not any more what the person was asked about" : SAID_NO,
  );
}

/** Gives a question up that nobody is going to answer, and its task with it. */
export function withdraw(app: App, question: Question, why: string): void {
  settle(app, question, why);
}

function settle({ config, store }: App, question: Question, no: string | undefined): boolean {
  const ending = no === undefined ? undefined : ({ status: "cancelled", reason: no } as const);
  const announce = () => announceUnclaimedEnd(config.home, question.taskId);
  const { won, launch } = answerQuestion(store, question, ending, announce);
  launchAll(config.home, store, launch);
  if (won && ending) {
    announce();
    writeCard(config.home, store, question.taskId);
  }
  return won;
}

function isUnchanged({ config, store }: App, { taskId, digest }: Question): boolean {
  const task = getTask(store, taskId);
  const submission = readSubmission(config.home, taskId);
  return task !== undefined && submission !== undefined && digestOf(task, submission) === digest;
}
