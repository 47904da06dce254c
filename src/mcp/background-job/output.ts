// What a job has printed, stdout and stderr apart, plain and bounded.

import * as z from "zod/mini";
import type { App } from "../../operations/app.ts";
import { excerptOf, logOf } from "../../operations/result.ts";
import type { Task } from "../../task.ts";

/** Of each stream. */
const MOST_CHARS = 30_000;

export const bothStreams = z.object({
  stdout: z.string().check(z.describe("Standard output content")),
  stderr: z.string().check(z.describe("Standard error content")),
});
type BothStreams = z.output<typeof bothStreams>;

/** The last lines of each; of more than is shown the head and the end, and where the rest is. */
export function lastLines(app: App, task: Task, lines: number): BothStreams {
  const rest = `${logOf(app, task)} holds what is kept of both streams`;
  const tail = (stream: keyof BothStreams) =>
    withoutLastNewline(excerptOf(app, task, { tailLines: lines, maxChars: MOST_CHARS, stream, rest }).text);
  return { stdout: tail("stdout"), stderr: tail("stderr") };
}

/** What was printed from a position on. */
export function printedSince(app: App, task: Task, since: number): BothStreams {
  const read = (stream: keyof BothStreams) => {
    const { text, remainingBytes } = excerptOf(app, task, { tailLines: 0, maxChars: MOST_CHARS, stream, since });
    return remainingBytes === 0 ? withoutLastNewline(text) : `${text}[… more follows; tail_job_output shows its end …]`;
  };
  return { stdout: read("stdout"), stderr: read("stderr") };
}

function withoutLastNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
