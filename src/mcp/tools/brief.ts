// A task in the reply of a tool: a long command is shown whole by task_status alone.

import type { WireTask } from "../../wire.ts";
import { headOf } from "../../cut.ts";

/** A script that was given as a command would come again with every reply, and with each task of a list. */
const LONGEST_COMMAND = 500;

/** The same with the beginning of its command, where that is long. */
export function brief<T extends Pick<WireTask, "command">>(task: T): T {
  const { command } = task;
  return command.length > LONGEST_COMMAND ? { ...task, command: beginningOf(command) } : task;
}

function beginningOf(command: string): string {
  const note = (count: number) => ` [… ${count} characters left out; task_status shows it whole …]`;
  const room = LONGEST_COMMAND - note(command.length).length;
  const head = headOf(command, room);
  return head + note(command.length - head.length);
}
