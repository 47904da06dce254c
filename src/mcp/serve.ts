// The MCP server's role: settings, store, one connection on stdio, and leaving when the client does. Tasks run on.

import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { loadConfig } from "../config.ts";
import { BackburnerError, messageOf, unknownArgument } from "../errors.ts";
import { type App, openApp } from "../operations/app.ts";
import { visible } from "../visible.ts";
import { Listening } from "./listening.ts";
import { ListeningTransport } from "./modern/listen.ts";
import { createServer } from "./server.ts";
import { StdioTransport } from "./stdio.ts";
import { OWN_TOOLSET } from "./tools/all.ts";

const WRONG_USE = 2;
const OWN_FAILURE = 125;

/** Serves until the client leaves. Only what can't be served at all ends it earlier, with one line on stderr. */
export async function serve(args: string[]): Promise<void> {
  const app = open(args);
  const listening = new Listening(new StdioTransport(() => process.exit(0)));
  const transport = app.config.nativeTasks === "off" ? listening : new ListeningTransport(listening, app);
  const onerror = (error: Error) => trace(messageOf(error));
  serveStdio(({ era }) => createServer(app, era, OWN_TOOLSET, listening), { transport, onerror });
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
