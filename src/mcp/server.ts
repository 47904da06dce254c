// One connection's server, for either protocol era: which tools there are, and how a call becomes an answer.

import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { version } from "../../package.json";
import { BackburnerError, messageOf } from "../errors.ts";
import type { App } from "../operations/app.ts";
import { tell } from "../operations/tell.ts";
import { callerOf } from "./caller.ts";
import { Connection } from "./connection.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { withNews } from "./news.ts";
import { progressOf } from "./progress.ts";
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
export function createServer(app: App): Server {
  const server = new Server(
    { name: "backburner", title: "Backburner", version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  const caller = callerOf(server);
  const connection = new Connection();
  server.setRequestHandler("tools/list", () => ({ tools: TOOLS.map(declare) }));
  server.setRequestHandler("tools/call", ({ params }, context) => {
    const tool = TOOLS.find(({ name }) => name === params.name);
    if (!tool) throw unknownTool(params.name);
    return answer(tool, params.arguments, callOf(app, caller, connection, context));
  });
  return server;
}

function callOf(app: App, caller: Call["caller"], connection: Connection, context: ServerContext): Call {
  return { app, caller, connection, signal: context.mcpReq.signal, progress: progressOf(context) };
}

/** Both forms of an answer hold all of it: some hosts show the model only the one, some only the other. */
async function answer(tool: Tool, given: unknown, call: Call): Promise<CallToolResult> {
  try {
    const structuredContent = withNews(call, await tool.answer(call, given));
    return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
  } catch (thrown) {
    const error = tell(thrown);
    if (!(error instanceof BackburnerError)) console.error(error); // a fault of ours
    return { content: [{ type: "text", text: messageOf(error) }], isError: true };
  }
}

function unknownTool(name: string): ProtocolError {
  const known = TOOLS.map((tool) => tool.name).join(", ");
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `there is no tool ${JSON.stringify(name)}; the tools are ${known}`,
  );
}
