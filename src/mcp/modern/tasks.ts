// Native tasks of 2026-07-28, an extension: whether a call is answered with a handle is the server's to say, to a client that declares
// the extension on that very call.

import { MissingRequiredClientCapabilityError, type Result, type ServerContext } from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import type { NativeTasks } from "../../settings.ts";
import { missingResponses } from "../../wording.ts";
import { cancelHandle, isOver, readHandle } from "../../operations/handles.ts";
import { takeAnswer } from "../../operations/questions.ts";
import type { CallParams, Generation } from "../generation.ts";
import { leaveToHost, withNews } from "../news.ts";
import { asProtocolError } from "../protocol-error.ts";
import { polled, resultOf } from "../polled.ts";
import type { TaskServer } from "../task-server.ts";
import type { Begin, Call } from "../tools/tool.ts";
import { declaresTasks, REQUIRED, shownTo } from "./capability.ts";
import { isYes } from "./questions.ts";
import { createdTask, detailedTask } from "./task.ts";

const ofTask = z.object({ taskId: z.string() });

export function extensionTasks(mode: Exclude<NativeTasks, "off">): Generation {
  return {
    capabilities: REQUIRED,
    declare: (_server, _tool, declaration) => declaration,
    begin(_server, tool, params, call, context) {
      if (!tool.begin || (mode === "wait" && tool.begin.of !== "wait") || !declares(context)) return undefined;
      return begin(tool.begin, params, call);
    },
    register(server, app) {
      serve(server, "tasks/get", async (id, { mcpReq }) => {
        return detailedTask(shownTo(mcpReq.envelope, polled(app, await readHandle(app, id))), Date.now());
      });
      serve(server, "tasks/cancel", async (id) => {
        await cancelHandle(app, id);
        return {};
      });
      serve(server, "tasks/update", async (id, { mcpReq }) => {
        if (!mcpReq.inputResponses) throw missingResponses();
        const { questions } = polled(app, await readHandle(app, id));
        for (const question of questions) {
          const yes = isYes(mcpReq.inputResponses[question.key]);
          if (yes !== undefined) takeAnswer(app, question, yes); // all other responses are to nothing that was asked
        }
        return {};
      });
    },
  };
}

async function begin(tool: Begin<unknown>, params: CallParams, call: Call): Promise<Result> {
  const { app } = call;
  const begun = await tool.run(call, params.arguments, {});
  const handle = "wait" in begun.handle ? await readHandle(app, begun.handle.wait.id) : begun.handle;
  const task = polled(app, handle);
  if (begun.plainWhenOver && isOver(handle)) {
    const reply = task.reply("asked");
    return resultOf(task, reply && withNews(call, reply));
  }
  if ("wait" in handle) leaveToHost(call, handle.wait);
  // Hosts may show the message to the model, which needs the id for the other tools.
  const message = "wait" in handle ? task.message : `task ${task.id}: ${task.message}`;
  return createdTask(shownTo(call.context.mcpReq.envelope, { ...task, message }), Date.now());
}

function declares({ mcpReq }: ServerContext): boolean {
  return declaresTasks(mcpReq.envelope);
}

/** Answers the method to clients that declare the extension. */
function serve(
  server: TaskServer,
  method: string,
  answer: (taskId: string, context: ServerContext) => Promise<Result>,
): void {
  server.setRequestHandler(method, { params: ofTask }, async ({ taskId }, context) => {
    if (!declares(context)) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: REQUIRED });
    return asProtocolError(() => answer(taskId, context));
  });
}
