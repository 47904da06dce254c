// What the verbs print on stdout: tasks in rows, or JSON. A person and a program get it in different clothes.

import type { Task } from "../task.ts";
import { lines, table } from "./table.ts";
import { columns, complain, hasColour, isTerminal, print, STDOUT } from "./terminal.ts";
import { json } from "./text.ts";

/** A table for a person, tab-separated lines for a program. Nothing for no tasks. */
export async function showTasks(tasks: Task[]): Promise<void> {
  if (tasks.length === 0) return;
  const person = isTerminal(STDOUT);
  await print(person ? table(tasks, { columns: columns(), colour: hasColour(STDOUT) }) : lines(tasks));
}

export async function showJson(value: unknown): Promise<void> {
  await print(json(value, isTerminal(STDOUT)));
}

/** More lines and characters than any output has: a person asks for less with "-n". */
export const EVERYTHING = Number.MAX_SAFE_INTEGER;

/** What an exit code alone does not say. */
export async function explain(task: Task): Promise<void> {
  const byItself = task.status === "completed" || task.status === "failed";
  const signal = task.outcome && "signal" in task.outcome ? task.outcome.signal : undefined;
  const words = [byItself ? signal : task.status, task.reason].filter((word) => word !== undefined);
  if (words.length > 0) await complain(`task ${task.id}: ${words.join("; ")}`);
  for (const { pid, command } of task.leftRunning) await complain(`task ${task.id} left running: ${pid} ${command}`);
}
