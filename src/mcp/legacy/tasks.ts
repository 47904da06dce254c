// Native tasks of 2025-11-25, in the protocol's core: only wait_task may be called as a task, by a client that asks for it. All
// handles are listed and answered, also those of start_task in the other generation: they are the same tasks.

import { ProtocolError, ProtocolErrorCode, type Result } from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import { cancelOfEnded, notAsTask } from "../../wording.ts";
import type { App } from "../../operations/app.ts";
import { cancelHandle, isOver, listHandles, readHandle, untilSettled } from "../../operations/handles.ts";
import type { CallParams, Generation } from "../generation.ts";
import { leaveToHost } from "../news.ts";
import { asProtocolError } from "../protocol-error.ts";
import { polled } from "../polled.ts";
import type { TaskServer } from "../task-server.ts";
import type { Call, Tool } from "../tools/tool.ts";
import { PLAIN_TIMEOUT_SECONDS } from "../tools/wait.ts";
import { notify } from "./notify.ts";
import { coreTask, createdTask, taskResult } from "./task.ts";

const PAGE = 50;

const ofTask = z.object({ taskId: z.string() });
const ofPage = z.object({ cursor: z.optional(z.string()) });

export const coreTasks: Generation = {
  capabilities: { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
  declare(server, tool, declaration) {
    if (!server.hasCoreTasks || !tool.begin) return declaration;
    return { ...declaration, execution: { taskSupport: mayBeTask(tool) ? "optional" : "forbidden" } };
  },
  begin(server, tool, params, call) {
    if (!server.hasCoreTasks || !params.task) return undefined;
    if (!mayBeTask(tool)) throw new ProtocolError(ProtocolErrorCode.MethodNotFound, notAsTask(tool.name));
    return begin(server, tool, params, call);
  },
  register(server, app) {
    const now = () => Date.now();
    serve(server, "tasks/get", ofTask, async ({ taskId }) => {
      return coreTask(polled(app, await readHandle(app, taskId)), now());
    });
    serve(server, "tasks/result", ofTask, async ({ taskId }, signal) => {
      const handle = await untilSettled(app, taskId, signal);
      if (signal.aborted) return {}; // nobody gets it
      if (!isOver(handle)) throw new Error(`the wait for ${taskId} broke off`);
      return taskResult(polled(app, handle));
    });
    serve(server, "tasks/list", ofPage, async ({ cursor }) => {
      const { handles, next } = await listHandles(app, cursor, PAGE);
      const tasks = handles.map((handle) => coreTask(polled(app, handle), now()));
      return { tasks, ...(next !== undefined && { nextCursor: next }) };
    });
    serve(server, "tasks/cancel", ofTask, async ({ taskId }) => {
      const before = await readHandle(app, taskId);
      if (isOver(before)) throw cancelOfEnded(taskId, polled(app, before).status);
      await cancelHandle(app, taskId);
      const task = polled(app, await readHandle(app, taskId));
      if (task.status !== "cancelled") throw cancelOfEnded(taskId, task.status); // it was faster
      return coreTask(task, now());
    });
  },
};

function mayBeTask(tool: Tool): boolean {
  return tool.begin?.of === "wait";
}

async function begin(server: TaskServer, tool: Tool, params: CallParams, call: Call): Promise<Result> {
  const { app } = call;
  const begun = await asProtocolError(() => tool.begin?.run(call, params.arguments, termsOf(app, params)));
  if (!begun) throw new Error(`${tool.name} can't be begun`);
  const { handle } = begun;
  if ("wait" in handle) {
    const { wait } = handle;
    leaveToHost(call, wait);
    setImmediate(() => notify(server, call, wait)); // behind the answer
  }
  return createdTask(polled(app, handle), Date.now());
}

/** Whoever calls as a task reads the tool's own default, and may freeze until the end. */
function termsOf({ config }: App, { task }: CallParams) {
  const ttlMs = task?.ttl === undefined ? undefined : Math.round(Math.min(Math.max(0, task.ttl), config.keep.ms));
  return { ttlMs, timeoutSeconds: PLAIN_TIMEOUT_SECONDS };
}

/** Answers the method in the one revision that has it. */
function serve<P>(
  server: TaskServer,
  method: string,
  params: z.ZodMiniType<P>,
  answer: (params: P, signal: AbortSignal) => Promise<Result>,
): void {
  server.setRequestHandler(method, { params }, async (given, { mcpReq }) => {
    if (!server.hasCoreTasks) throw new ProtocolError(ProtocolErrorCode.MethodNotFound, "Method not found");
    return asProtocolError(() => answer(given, mcpReq.signal));
  });
}
