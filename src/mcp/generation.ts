// What a protocol generation knows of tasks: the seam between the server and the two folders beside this file.

import type { Result, ServerCapabilities, ServerContext, Tool as Declaration } from "@modelcontextprotocol/server";
import type { App } from "../operations/app.ts";
import type { TaskServer } from "./task-server.ts";
import type { Call, Tool } from "./tools/tool.ts";

/** One connection, in one generation of the protocol. */
export interface Generation {
  /** What it adds to the server's capabilities. */
  capabilities: ServerCapabilities;
  /** Registers what it knows beside tools. */
  register(server: TaskServer, app: App): void;
  /** The tool as this connection is shown it. */
  declare(server: TaskServer, tool: Tool, declaration: Declaration): Declaration;
  /** Answers a call with a handle, or plainly when it is over by then. `undefined`: this call is not for a handle. */
  begin(
    server: TaskServer,
    tool: Tool,
    given: CallParams,
    call: Call,
    context: ServerContext,
  ): Promise<Result> | undefined;
}

export interface CallParams {
  arguments?: Record<string, unknown> | undefined;
  /** Of 2025-11-25. */
  task?: { ttl?: number | undefined } | undefined;
}

/** Where native tasks are switched off. */
export const PLAIN: Generation = {
  capabilities: {},
  register() {},
  declare: (_server, _tool, declaration) => declaration,
  begin: () => undefined,
};
