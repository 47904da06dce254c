// Our handlers over HTTP, with the conformance suite's fixture tools in place of ours: `bun tests/conformance/server.ts`, with the home
// in BACKBURNER_HOME. Prints its address and leaves at the end of stdin.

import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  type ProtocolEra,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { loadConfig } from "../../src/config.ts";
import { createServer } from "../../src/mcp/server.ts";
import { openApp } from "../../src/operations/app.ts";
import { SUPERVISE_VERB } from "../../src/process/tree.ts";
import { PLAIN_FIXTURES } from "./plain-tools.ts";
import { TASK_FIXTURES } from "./task-tools.ts";

// A supervisor is the same program again.
if (process.argv[2] === SUPERVISE_VERB) await import("../../src/main.ts");

const app = openApp(loadConfig());

function newServer(era: ProtocolEra): Server {
  const tools = [...PLAIN_FIXTURES, ...TASK_FIXTURES];
  const server = createServer(app, era, { tools, instructions: "", extras: true });
  server.registerCapabilities({ logging: {} }); // two of the fixtures log
  return server;
}

const modern = createMcpHandler(({ era }) => newServer(era), { legacy: "reject" });

/** The initialize era has a session, in which the server asks back. */
const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

async function legacy(request: Request): Promise<Response> {
  const id = request.headers.get("mcp-session-id");
  if (id !== null) return sessions.get(id)?.handleRequest(request) ?? new Response(undefined, { status: 404 });
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
    onsessioninitialized: (given) => void sessions.set(given, transport),
    onsessionclosed: (given) => void sessions.delete(given),
  });
  await newServer("legacy").connect(transport);
  return transport.handleRequest(request);
}

const { url } = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  async fetch(request) {
    const rejected =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (rejected) return rejected;
    return (await isLegacyRequest(request)) ? legacy(request) : modern.fetch(request);
  },
});
console.log(url.href);
await Bun.stdin.text();
process.exit(0);
