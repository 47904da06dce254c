// The fixtures on stdio: `bun tests/conformance/stdio.ts`.

import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { StdioTransport } from "../../src/mcp/stdio.ts";
import { newServer } from "./fixtures.ts";

serveStdio(({ era }) => newServer(era), { transport: new StdioTransport(() => process.exit(0)) });
