// task_result: a task with its output.

import * as z from "zod/mini";
import { findTask } from "../../operations/find.ts";
import { result } from "../../operations/result.ts";
import { wireResult } from "../../wire.ts";
import { brief } from "./brief.ts";
import { byDefault, taskId, text, wholeNumber } from "./parameters.ts";
import { outputFields, taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

export const DEFAULT_TAIL_LINES = 100;
export const DEFAULT_MAX_CHARS = 30_000;
/** Well within what hosts have patience for. */
const LONGEST_SEARCH_MS = 30_000;

const streams = '"all", "stdout" or "stderr"';

export const taskResult = defineTool({
  name: "task_result",
  title: "Background task output",
  description:
    "Output (logs) of a background task, with its status and exit code; also while it runs. The last lines, plain: no colours, progress bars at their last state, repeats folded. log_path is the whole file.",
  keywords: "output, logs, stdout, stderr of a background task",
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.strictObject({
    task_id: taskId(),
    tail_lines: byDefault(
      wholeNumber(0, 100_000, "How many of the last lines; of the last matches"),
      DEFAULT_TAIL_LINES,
    ),
    stream: byDefault(z.enum(["all", "stdout", "stderr"], streams), "all"),
    since: z.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER, "Read on from this next_cursor (0: the start) instead")),
    new_only: byDefault(z.boolean("true or false").check(z.describe("Only what you have not read yet")), false),
    grep: z.optional(text("a regular expression", "Only lines that match this regex, numbered; (?i) ignores case")),
    context_lines: byDefault(wholeNumber(0, 1_000, "Around each match"), 0),
    max_chars: byDefault(wholeNumber(1, 10_000_000, "Most characters of output"), DEFAULT_MAX_CHARS),
    raw: byDefault(z.boolean("true or false").check(z.describe("Exact bytes; base64 if not UTF-8")), false),
  }),
  output: z.object({
    ...taskFields,
    ...outputFields,
    encoding: z.optional(z.literal("base64")),
    remaining_bytes: z.optional(z.int()),
    matches: z.optional(z.int()),
    output_total_lines: z.int(),
    next_cursor: z.int(),
    log_path: z.string(),
  }),
  async run({ app, connection }, { task_id, new_only, ...request }) {
    const { id } = findTask(app, task_id);
    const since = request.since ?? (new_only ? connection.readTo(id, request.stream) : undefined);
    const { task, output, logPath } = await result(app, id, {
      tailLines: request.tail_lines,
      maxChars: request.max_chars,
      stream: request.stream,
      since,
      grep: request.grep,
      contextLines: request.context_lines,
      searchMs: LONGEST_SEARCH_MS,
      raw: request.raw,
    });
    // A search shows only what matches, and no last lines are nothing to read.
    if (request.grep === undefined && (since !== undefined || request.tail_lines > 0)) {
      connection.read(id, request.stream, output.nextCursor);
      if (request.stream === "all") connection.looked(id, output.nextCursor);
    }
    return brief(wireResult({ task, output, logPath }));
  },
});
