// One connection's server, for either protocol era: which tools there are, and how a call becomes an answer.

import {
  type CallToolResult,
  inputRequired,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  type ProtocolEra,
  type Result,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import { version } from "../../package.json";
import { BackburnerError, messageOf } from "../errors.ts";
import type { App } from "../operations/app.ts";
import { type Asking, askingOf } from "./asking.ts";
import { tell } from "../operations/tell.ts";
import { callerOf } from "./caller.ts";
import { Connection } from "./connection.ts";
import { type Generation, PLAIN } from "./generation.ts";
import { InputNeeded } from "./input-needed.ts";
import { coreTasks } from "./legacy/tasks.ts";
import type { Listening } from "./listening.ts";
import { extensionTasks } from "./modern/tasks.ts";
import { withNews } from "./news.ts";
import { progressOf } from "./progress.ts";
import { toolError, toolResult } from "./reply.ts";
import { RESOURCE_CAPABILITIES, serveResources } from "./resources/serve.ts";
import { TaskServer } from "./task-server.ts";
import { OWN_TOOLSET } from "./tools/all.ts";
import { type Call, declare, type Tool } from "./tools/tool.ts";
import { findTool } from "./toolset.ts";

const ofPage = z.looseObject({ cursor: z.optional(z.string()) });

/** Cheap and without side effects: the SDK may make two before it knows the client's era. */
export function createServer(app: App, era: ProtocolEra, toolset = OWN_TOOLSET, listening?: Listening): Server {
  const { tools, instructions, extras } = toolset;
  const native = extras ? generationOf(app, era) : PLAIN;
  const server = new TaskServer(
    era,
    { name: "backburner", title: "Backburner", version },
    { capabilities: { tools: {}, ...(extras && RESOURCE_CAPABILITIES), ...native.capabilities }, instructions },
  );
  const caller = callerOf(server);
  const connection = new Connection();
  server.setRequestHandler("tools/list", { params: ofPage }, ({ cursor }) => {
    if (cursor) throw unknownCursor(cursor);
    return { tools: tools.map((tool) => native.declare(server, tool, declare(tool, extras))) };
  });
  server.setRequestHandler("tools/call", ({ params }, context) => {
    const tool = findTool(toolset, params.name);
    if (!tool) throw unknownTool(params.name, tools);
    const call = callOf(app, caller, connection, context, askingOf(server, era, context));
    const plain = async () => {
      const reply = await tool.answer(call, params.arguments);
      return (tool.render ?? toolResult)(extras ? withNews(call, reply) : reply);
    };
    return answer(async () => native.begin(server, tool, params, call, context) ?? plain());
  });
  native.register(server, app);
  if (extras) serveResources(server, app, listening);
  return server;
}

function generationOf({ config }: App, era: ProtocolEra): Generation {
  if (config.nativeTasks === "off") return PLAIN;
  return era === "modern" ? extensionTasks(config.nativeTasks) : coreTasks;
}

function callOf(
  app: App,
  caller: Call["caller"],
  connection: Connection,
  context: ServerContext,
  asking: Asking,
): Call {
  return { app, caller, connection, signal: context.mcpReq.signal, progress: progressOf(context), context, asking };
}

/** What a caller can do something about is told in a tool's own words. A handle goes through as a result: TaskServer knows it. */
async function answer(act: () => Promise<Result>): Promise<CallToolResult | InputRequiredResult> {
  try {
    return (await act()) as CallToolResult;
  } catch (thrown) {
    if (thrown instanceof ProtocolError) throw thrown;
    if (thrown instanceof InputNeeded) return inputRequired({ inputRequests: thrown.requests });
    const error = tell(thrown);
    if (!(error instanceof BackburnerError)) console.error(error); // a fault of ours
    return toolError(messageOf(error));
  }
}

/** The list has one page. */
function unknownCursor(cursor: string): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `there is no page ${JSON.stringify(cursor)}; ask without a cursor for all tools`,
  );
}

function unknownTool(name: string, tools: Tool[]): ProtocolError {
  const known = tools.map((tool) => tool.name).join(", ");
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `there is no tool ${JSON.stringify(name)}; the tools are ${known}`,
  );
}
