// How a task's resources are addressed. Pure.

import type { TaskId } from "../../task.ts";

export const PARTS = ["output", "status"] as const;
export type Part = (typeof PARTS)[number];

export const templateOf = (part: Part) => `backburner://task/{id}/${part}`;
export const uriOf = (id: TaskId, part: Part) => `backburner://task/${id}/${part}`;

/** The task that is meant, as its id or name, and which of its parts. `undefined` for what is no such address. */
export function parseUri(uri: string): { task: string; part: Part } | undefined {
  const [, task, part] = /^backburner:\/\/task\/([^/?#]+)\/(output|status)$/.exec(uri) ?? [];
  if (task === undefined) return undefined;
  try {
    return { task: decodeURIComponent(task), part: part as Part };
  } catch {
    return undefined;
  }
}
