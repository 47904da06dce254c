// backburner mcp: only its help stands here. main.ts starts the server, so that a person's door is never loaded for an agent.

import type { Command } from "commander";
import { epilogue } from "../help.ts";

export function declareMcp(command: Command): void {
  command
    .summary("serve an MCP client on stdin and stdout")
    .description("Serves an MCP client on stdin and stdout. Tasks go on when it leaves.")
    .option("--tools <name>", "backburner, or those of another server: background-job", "backburner");
  epilogue(command, "Examples", [
    "claude mcp add backburner -- backburner mcp",
    '{"mcpServers": {"backburner": {"command": "backburner", "args": ["mcp"]}}}',
  ]);
}
