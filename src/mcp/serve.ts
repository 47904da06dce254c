// The MCP server's role: settings, store, one connection on stdio, and leaving when the client does. Tasks run on.

import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { loadConfig } from "../config.ts";
import { BackburnerError, messageOf, unknownArgument } from "../errors.ts";
import { type App, openApp } from "../operations/app.ts";
import { ListeningTransport } from "./modern/listen.ts";
import { visible } from "../visible.ts";
import { createServer } from "./server.ts";
import { StdioTransport } from "./stdio.ts";

const WRONG_USE = 2;
const OWN_FAILURE = 125;

/** Serves until the client leaves. Only what can't be served at all ends it earlier, with one line on stderr. */
export async function serve(args: string[]): Promise<void> {
  const app = open(args);
  const stdio = new StdioTransport(() => process.exit(0));
  const transport = app.config.nativeTasks === "off" ? stdio : new ListeningTransport(stdio, app);
  serveStdio(({ era }) => createServer(app, era), { transport, onerror: (error) => trace(messageOf(error)) });
}

function open(args: string[]): App {
  try {
    if (args[0] !== undefined) throw unknownArgument("mcp", args[0]);
    return openApp(loadConfig());
  } catch (error) {
    trace(messageOf(error));
    const wrongUse = error instanceof BackburnerError && error.code !== "unavailable";
    return process.exit(wrongUse ? WRONG_USE : OWN_FAILURE);
  }
}

/** stdout belongs to the protocol. */
function trace(text: string): void {
  console.error(`backburner: ${visible(text.replaceAll(/\s*\n\s*/g, " "))}`);
}
