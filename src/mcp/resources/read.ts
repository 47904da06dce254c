// resources/read: a task's output for reading, or its status as task_status tells it.

import type { ReadResourceResult } from "@modelcontextprotocol/server";
import { noResource } from "../../wording.ts";
import type { App } from "../../operations/app.ts";
import { result } from "../../operations/result.ts";
import { status } from "../../operations/status.ts";
import { wireTask } from "../../wire.ts";
import { DEFAULT_MAX_CHARS } from "../tools/result.ts";
import { mimeTypeOf } from "./list.ts";
import { parseUri } from "./uri.ts";

/** Throws `not_found`. */
export async function readResource(app: App, uri: string): Promise<ReadResourceResult> {
  const meant = parseUri(uri);
  if (!meant) throw noResource(uri);
  const { task, part } = meant;
  const text = part === "output" ? await outputOf(app, task) : JSON.stringify(wireTask(await status(app, task)));
  return { contents: [{ uri, mimeType: mimeTypeOf(part), text }] };
}

/** All of it, or its head and its end and between them a line that says what was left out. */
async function outputOf(app: App, task: string): Promise<string> {
  const { output } = await result(app, task, { tailLines: Number.MAX_SAFE_INTEGER, maxChars: DEFAULT_MAX_CHARS });
  return output.text;
}
