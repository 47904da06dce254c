// The seven tools of mcp-background-job (0.1.2): its names, parameters, results and words, over our operations. A job is a task of ours;
// it outlives the server, and a shell runs its command.

import * as z from "zod/mini";
import { BackburnerError } from "../../errors.ts";
import { emptyJobCommand, inputToEndedJob, jobRefused, noJob, tooManyJobs } from "../../wording.ts";
import type { App } from "../../operations/app.ts";
import { cancel, DEFAULT_GRACE_SECONDS } from "../../operations/cancel.ts";
import { list } from "../../operations/list.ts";
import { send } from "../../operations/send.ts";
import { type StartRequest, start } from "../../operations/start.ts";
import { status } from "../../operations/status.ts";
import { tidy } from "../../operations/tidy.ts";
import { isTerminal, type Task } from "../../task.ts";
import { byDefault, text, wholeNumber } from "../tools/parameters.ts";
import { type Call, defineTool } from "../tools/tool.ts";
import { jobStatus, statusField, summary, summaryOf } from "./job.ts";
import { bothStreams, lastLines, printedSince } from "./output.ts";

const jobId = (description: string) => text("the id of a job", description);
const reading = { readOnlyHint: true, openWorldHint: false };

/** Beside all that still run. */
const MOST_LISTED = 100;

export const listJobs = defineTool({
  name: "list_jobs",
  title: "List Jobs",
  description: `List all background jobs with their status: job ID, status, command and start time, newest first. Of jobs that have ended the newest ${MOST_LISTED}, also those of earlier sessions.`,
  annotations: reading,
  input: z.strictObject({}),
  output: z.object({ jobs: z.array(summary).check(z.describe("List of all background jobs")) }),
  async run({ app }) {
    const newest = await list(app, { limit: MOST_LISTED, offset: 0 });
    const found = new Map([...newest.tasks, ...(await liveTasks(app))].map((task) => [task.id, task]));
    const jobs = [...found.values()].toSorted((one, other) => other.createdAtMs - one.createdAtMs);
    return { jobs: jobs.map(summaryOf) };
  },
});

export const getJobStatus = defineTool({
  name: "get_job_status",
  title: "Get Job Status",
  description: "Get the current status of a background job: running, completed, failed, or killed.",
  annotations: reading,
  input: z.strictObject({ job_id: jobId("Job ID to check") }),
  output: z.object({ status: statusField }),
  async run({ app }, { job_id }) {
    return { status: jobStatus(await job(app, job_id)) };
  },
});

export const getJobOutput = defineTool({
  name: "get_job_output",
  title: "Get Job Output",
  description: "Get the complete stdout and stderr output of a job; of a long one its head and its end.",
  annotations: reading,
  input: z.strictObject({ job_id: jobId("Job ID to get output from") }),
  output: bothStreams,
  async run({ app }, { job_id }) {
    return lastLines(app, await job(app, job_id), Number.MAX_SAFE_INTEGER);
  },
});

export const tailJobOutput = defineTool({
  name: "tail_job_output",
  title: "Tail Job Output",
  description: "Get the last N lines of stdout and stderr from a job.",
  annotations: reading,
  input: z.strictObject({
    job_id: jobId("Job ID to tail"),
    lines: byDefault(wholeNumber(1, 1_000, "Number of lines to return"), 50),
  }),
  output: bothStreams,
  async run({ app }, { job_id, lines }) {
    return lastLines(app, await job(app, job_id), lines);
  },
});

export const executeCommand = defineTool({
  name: "execute_command",
  title: "Execute Command",
  description: "Execute a command as a background job and return job ID. The command is run by a shell.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: z.strictObject({ command: text("a shell command", "Shell command to execute") }),
  output: z.object({ job_id: jobId("Job identifier") }),
  async run(call, { command }) {
    const { app } = call;
    if (command.trim() === "") throw emptyJobCommand();
    if ((await liveTasks(app)).length >= app.config.maxTasks) throw tooManyJobs(app.config.maxTasks);
    const { id } = await startOpen(call, command.trim());
    setImmediate(() => void tidy(app)); // behind the answer
    return { job_id: id };
  },
});

const ANSWER_MS = 1_000;

export const interactWithJob = defineTool({
  name: "interact_with_job",
  title: "Interact With Job",
  description: "Send input to a job's stdin and return any immediate output. A newline is added where it has none.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: z.strictObject({
    job_id: jobId("Job ID to interact with"),
    input: text("a text", "Input to send to the job's stdin"),
  }),
  output: bothStreams,
  async run({ app, signal }, { job_id, input }) {
    const { id, status: now } = await job(app, job_id);
    if (isTerminal(now)) throw inputToEndedJob(job_id);
    const line = input.endsWith("\n") ? input : `${input}\n`;
    const { task, beforeBytes } = await send(app, id, { input: line, eof: false, waitMs: ANSWER_MS, signal });
    return printedSince(app, task, beforeBytes);
  },
});

export const killJob = defineTool({
  name: "kill_job",
  title: "Kill Job",
  description: "Kill a running background job with every process it started.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({ job_id: jobId("Job ID to kill") }),
  output: z.object({
    status: text("a text", "Kill result: 'killed', 'already_terminated', or 'not_found'"),
  }),
  async run({ app }, { job_id }) {
    const before = await job(app, job_id).catch((error: unknown) => {
      if (isFor(error, "not_found")) return undefined;
      throw error;
    });
    if (!before) return { status: "not_found" };
    const { task } = await cancel(app, before.id, DEFAULT_GRACE_SECONDS); // of one that has ended, what it left running
    return { status: !isTerminal(before.status) && task.status === "cancelled" ? "killed" : "already_terminated" };
  },
});

async function job(app: App, id: string): Promise<Task> {
  try {
    return await status(app, id);
  } catch (error) {
    throw isFor(error, "not_found") ? noJob(id) : error;
  }
}

async function liveTasks(app: App): Promise<Task[]> {
  const most = { limit: Number.MAX_SAFE_INTEGER, offset: 0 };
  const working = await list(app, { ...most, status: "working" });
  const queued = await list(app, { ...most, status: "queued" });
  return [...working.tasks, ...queued.tasks];
}

/** With an open stdin, unless the allow list lets only a closed one. */
async function startOpen({ app, caller }: Call, command: string): Promise<Task> {
  const from = await caller();
  const startWith = (request: Partial<StartRequest>) => start(app, { command, ...request }, from);
  try {
    return await startWith({ interactive: true });
  } catch (error) {
    if (!isFor(error, "refused")) throw error;
  }
  try {
    return await startWith({});
  } catch (error) {
    throw isFor(error, "refused") ? jobRefused(error.message) : error;
  }
}

function isFor(error: unknown, code: BackburnerError["code"]): error is BackburnerError {
  return error instanceof BackburnerError && error.code === code;
}
