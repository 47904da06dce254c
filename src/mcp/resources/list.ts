// resources/list and resources/templates/list: the newest tasks, and how to address any.

import type { ListResourcesResult, ListResourceTemplatesResult, Resource } from "@modelcontextprotocol/server";
import { badCursor } from "../../wording.ts";
import type { App } from "../../operations/app.ts";
import { listBefore } from "../../operations/list.ts";
import type { Task } from "../../task.ts";
import { PARTS, type Part, templateOf, uriOf } from "./uri.ts";
import { shortened } from "../../cut.ts";

/** Some hosts put the list before a model, and follow the cursor to its end: the templates lead to all the others. */
const MOST_TASKS = 100;
const PAGE_TASKS = 20;

const MIME_TYPES = { output: "text/plain", status: "application/json" };
const DESCRIPTIONS = {
  output:
    "What a background task has printed so far, plain: its head and its end when it is long. {id} is an id or a name",
  status: "Status, exit code, duration and progress of a background task as JSON. {id} is an id or a name",
};

/** Newest first, two for each task. Throws `bad_request` for a cursor that is none. */
export async function listResources(app: App, cursor: string | undefined): Promise<ListResourcesResult> {
  const { beforeSeq, left } = cursor === undefined ? FIRST : parseCursor(cursor);
  const most = Math.min(PAGE_TASKS, left);
  const tasks = await listBefore(app, beforeSeq, most + 1);
  const page = tasks.slice(0, most);
  const last = page.at(-1);
  const goesOn = tasks.length > most && left > most;
  return {
    resources: page.flatMap(({ task }) => PARTS.map((part) => resourceOf(task, part))),
    ...(last && goesOn && { nextCursor: `${last.seq}.${left - most}` }),
  };
}

/** They are all on the first page. Throws `bad_request` for a cursor. */
export function listTemplates(cursor: string | undefined): ListResourceTemplatesResult {
  if (cursor !== undefined) throw badCursor(cursor);
  return {
    resourceTemplates: PARTS.map((part) => ({
      name: `task-${part}`,
      title: `${part === "output" ? "Output" : "Status"} of a background task`,
      uriTemplate: templateOf(part),
      description: DESCRIPTIONS[part],
      mimeType: MIME_TYPES[part],
    })),
  };
}

export function mimeTypeOf(part: Part): string {
  return MIME_TYPES[part];
}

const FIRST = { beforeSeq: Number.MAX_SAFE_INTEGER, left: MOST_TASKS };

function parseCursor(cursor: string): { beforeSeq: number; left: number } {
  const [, beforeSeq, left] = /^(\d{1,15})\.(\d{1,3})$/.exec(cursor) ?? [];
  if (beforeSeq === undefined || Number(left) > MOST_TASKS) throw badCursor(cursor);
  return { beforeSeq: Number(beforeSeq), left: Number(left) };
}

const LONGEST_COMMAND = 100;

function resourceOf(task: Task, part: Part): Resource {
  const { id, name, status, command } = task;
  const line = command.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  const changedAtMs = task.finishedAtMs ?? task.lastOutputAtMs ?? task.startedAtMs ?? task.createdAtMs;
  return {
    uri: uriOf(id, part),
    name: `${name ?? id} ${part}`,
    description: `${status}: ${shortened(line, LONGEST_COMMAND)}`,
    mimeType: MIME_TYPES[part],
    annotations: { lastModified: new Date(changedAtMs).toISOString() },
  };
}
