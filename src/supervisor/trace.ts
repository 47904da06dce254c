// Our own diagnostics: stderr, which for a supervisor is the trace file of the home. stdout belongs to MCP.

import { visible } from "../visible.ts";

export function trace(message: string): void {
  process.stderr.write(`${new Date().toISOString()} [${process.pid}] ${visible(message)}\n`);
}
