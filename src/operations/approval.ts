// What a person is asked about a task, and what exactly an answer is about.

import type { Submission } from "../supervisor/submission.ts";
import { hasOpenStdin, type Task } from "../task.ts";
import { visible } from "../visible.ts";

type Asked = Pick<Task, "command" | "cwd" | "shell" | "interactive" | "pty">;

/** Of all that was asked about: what runs, where, with which environment and input. */
export function digestOf({ command, cwd, shell, interactive, pty }: Asked, { env, stdin }: Submission): string {
  const variables = Object.entries(env).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const all = JSON.stringify([command, cwd, shell, interactive, pty, stdin ?? null, variables]);
  return new Bun.CryptoHasher("sha256").update(all).digest("hex");
}

/**
 * For the person: the command whole. Each line that is not ours stands behind a bar, so that none can pass for ours. Of variables
 * that are set only the names: the question is kept in the store.
 */
export function approvalText(task: Asked, variables: string[], pattern: string | undefined): string {
  const which = pattern === undefined ? "" : ` (${visible(pattern)})`;
  return [
    `An agent, or a script, wants to run this command in the background. Your policy says to ask you${which}.`,
    "Command:",
    barred(task.command),
    "Directory:",
    barred(task.cwd),
    ...(variables.length > 0 ? [`It sets ${variables.join(", ")}.`] : []),
    ...(hasOpenStdin(task) ? ["Its input stays open: what is typed into it later is not asked about."] : []),
  ].join("\n");
}

/** What it is fed is not kept in the store, and comes along when the question is shown. */
export function inputText({ stdin }: Submission): string {
  return stdin === undefined ? "" : `\nIt is fed:\n${barred(Buffer.from(stdin, "base64").toString())}`;
}

function barred(text: string): string {
  return text
    .split("\n")
    .map((line) => `  | ${visible(line)}`)
    .join("\n");
}
