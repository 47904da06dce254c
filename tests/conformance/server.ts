// The fixtures over HTTP: `bun tests/conformance/server.ts`. Prints its address and leaves at the end of stdin.

import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { newServer } from "./fixtures.ts";

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
