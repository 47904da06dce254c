// Our server with the suite's fixtures for tools, on the home in BACKBURNER_HOME; what serves it is another file's business. Supervisors
// are started as this same program.

import type { ProtocolEra, Server } from "@modelcontextprotocol/server";
import { loadConfig } from "../../src/config.ts";
import { createServer } from "../../src/mcp/server.ts";
import { openApp } from "../../src/operations/app.ts";
import { SUPERVISE_VERB } from "../../src/process/tree.ts";
import { PLAIN_FIXTURES } from "./plain-tools.ts";
import { TASK_FIXTURES } from "./task-tools.ts";

if (process.argv[2] === SUPERVISE_VERB) await import("../../src/main.ts"); // does not come back

const app = openApp(await loadConfig());

export function newServer(era: ProtocolEra): Server {
  const tools = [...PLAIN_FIXTURES, ...TASK_FIXTURES];
  const server = createServer(app, era, { tools, instructions: "", extras: true });
  server.registerCapabilities({ logging: {} }); // two of the fixtures log
  return server;
}
