// Asking the person who sits here. Only "y" and "yes" mean yes.

import type { App } from "../operations/app.ts";
import { keptOf } from "../operations/news.ts";
import { type Question, questionsOf, takeAnswer, withdraw } from "../operations/questions.ts";
import { awaitsApproval, type Task } from "../task.ts";
import { tell } from "./terminal.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The task once the person was asked, where that is to be. */
export async function approved(app: App, task: Task): Promise<Task> {
  if (!awaitsApproval(task)) return task;
  for (const question of questionsOf(app, task)) await ask(app, question);
  return keptOf(app, [task.id])[0] ?? task;
}

async function ask(app: App, question: Question): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  for (const name of SIGNALS) process.on(name, leave);
  await tell(`${question.message}\nRun it? [y/N] `);
  const line = await lineTyped(left.signal);
  for (const name of SIGNALS) process.off(name, leave);
  if (line !== undefined) return void takeAnswer(app, question, /^\s*y(?:es)?\s*$/i.test(line));
  await tell("\n");
  withdraw(app, question, "the person who was asked left without an answer");
}

/** `undefined` when there is none. stdin stays usable: what is attached to the task reads on there. */
async function lineTyped(signal: AbortSignal): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let text = "";
  const onData = (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
  };
  const onEnd = () => resolve(undefined);
  signal.addEventListener("abort", onEnd, { once: true });
  process.stdin.on("data", onData).once("end", onEnd);
  try {
    return await promise;
  } finally {
    process.stdin.off("data", onData).off("end", onEnd).pause();
  }
}
