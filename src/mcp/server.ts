// One connection's server, for either protocol era: which tools there are, and how a call becomes an answer.

import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type ProtocolEra,
  type Result,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { version } from "../../package.json";
import { BackburnerError, messageOf } from "../errors.ts";
import type { App } from "../operations/app.ts";
import { tell } from "../operations/tell.ts";
import { callerOf } from "./caller.ts";
import { Connection } from "./connection.ts";
import { type Generation, PLAIN } from "./generation.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { coreTasks } from "./legacy/tasks.ts";
import { extensionTasks } from "./modern/tasks.ts";
import { withNews } from "./news.ts";
import { progressOf } from "./progress.ts";
import { toolError, toolResult } from "./reply.ts";
import { TaskServer } from "./task-server.ts";
import { cancelTask } from "./tools/cancel.ts";
import { listTasks } from "./tools/list.ts";
import { taskResult } from "./tools/result.ts";
import { sendInput } from "./tools/send.ts";
import { startTask } from "./tools/start.ts";
import { taskStatus } from "./tools/status.ts";
import { type Call, declare, type Tool } from "./tools/tool.ts";
import { waitTask } from "./tools/wait.ts";

const TOOLS: Tool[] = [startTask, taskStatus, taskResult, waitTask, sendInput, cancelTask, listTasks];

/** Cheap and without side effects: the SDK may make two before it knows the client's era. */
export function createServer(app: App, era: ProtocolEra): Server {
  const native = generationOf(app, era);
  const server = new TaskServer(
    { name: "backburner", title: "Backburner", version },
    { capabilities: { tools: {}, ...native.capabilities }, instructions: INSTRUCTIONS },
  );
  const caller = callerOf(server);
  const connection = new Connection();
  server.setRequestHandler("tools/list", () => ({
    tools: TOOLS.map((tool) => native.declare(server, tool, declare(tool))),
  }));
  server.setRequestHandler("tools/call", ({ params }, context) => {
    const tool = TOOLS.find(({ name }) => name === params.name);
    if (!tool) throw unknownTool(params.name);
    const call = callOf(app, caller, connection, context);
    return answer(async () => native.begin(server, tool, params, call, context) ?? plain(tool, params.arguments, call));
  });
  native.register(server, app);
  return server;
}

function generationOf({ config }: App, era: ProtocolEra): Generation {
  if (config.nativeTasks === "off") return PLAIN;
  return era === "modern" ? extensionTasks(config.nativeTasks) : coreTasks;
}

function callOf(app: App, caller: Call["caller"], connection: Connection, context: ServerContext): Call {
  return { app, caller, connection, signal: context.mcpReq.signal, progress: progressOf(context) };
}

async function plain(tool: Tool, given: unknown, call: Call): Promise<Result> {
  return toolResult(withNews(call, await tool.answer(call, given)));
}

/** What a caller can do something about is told in a tool's own words. A handle goes through as a result: TaskServer knows it. */
async function answer(act: () => Promise<Result>): Promise<CallToolResult> {
  try {
    return (await act()) as CallToolResult;
  } catch (thrown) {
    if (thrown instanceof ProtocolError) throw thrown;
    const error = tell(thrown);
    if (!(error instanceof BackburnerError)) console.error(error); // a fault of ours
    return toolError(messageOf(error));
  }
}

function unknownTool(name: string): ProtocolError {
  const known = TOOLS.map((tool) => tool.name).join(", ");
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `there is no tool ${JSON.stringify(name)}; the tools are ${known}`,
  );
}
