// The form in which a tool's reply goes out.

import type { CallToolResult } from "@modelcontextprotocol/server";

/** Both forms of a reply hold all of it: some hosts show the model only the one, some only the other. */
export function toolResult(reply: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(reply) }], structuredContent: reply };
}

export function toolError(sentence: string): CallToolResult {
  return { content: [{ type: "text", text: sentence }], isError: true };
}
