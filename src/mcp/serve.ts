// The MCP server's role: settings, store, one connection on stdio, and leaving when the client does. Tasks run on.

import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { loadConfig } from "../config.ts";
import { BackburnerError, messageOf } from "../errors.ts";
import { missingToolset, unknownArgument, unknownToolset } from "../wording.ts";
import { type App, openApp } from "../operations/app.ts";
import { prepareStart } from "../operations/start.ts";
import { visible } from "../visible.ts";
import { Listening } from "./listening.ts";
import { ListeningTransport } from "./modern/listen.ts";
import { createServer } from "./server.ts";
import { StdioTransport } from "./stdio.ts";
import { OWN_TOOLSET } from "./tools/all.ts";
import type { Toolset } from "./toolset.ts";

/** By then a client has asked for what it asks at the start. */
const STARTED_MS = 1_000;
/** By then it has been answered its first question. */
const GREETED_MS = 50;
const WRONG_USE = 2;
const OWN_FAILURE = 125;

/** Serves until the client leaves. Only what can't be served at all ends it earlier, with one line on stderr. */
export async function serve(args: string[]): Promise<void> {
  const { app, toolset } = await open(args);
  const listening = new Listening(new StdioTransport(() => process.exit(0)));
  const native = toolset.extras && app.config.nativeTasks !== "off";
  const transport = native ? new ListeningTransport(listening, app) : listening;
  const onerror = (error: Error) => trace(messageOf(error));
  serveStdio(({ era }) => createServer(app, era, toolset, listening), { transport, onerror });
  setTimeout(prepareStart, GREETED_MS);
  setTimeout(() => Bun.unsafe.setJITPolicy(1), STARTED_MS); // the build begins with a higher one
}

async function open(args: string[]): Promise<{ app: App; toolset: Toolset }> {
  try {
    const { toolset, config } = await served(toolsetIn(args));
    return { app: openApp(config), toolset };
  } catch (error) {
    trace(messageOf(error));
    const wrongUse = error instanceof BackburnerError && error.code !== "unavailable";
    return process.exit(wrongUse ? WRONG_USE : OWN_FAILURE);
  }
}

const OWN = "backburner";
const BACKGROUND_JOB = "background-job";

/** The tools of that name, and the settings that go with them. */
async function served(name: string) {
  if (name === OWN) return { toolset: OWN_TOOLSET, config: await loadConfig() };
  if (name !== BACKGROUND_JOB) throw unknownToolset(name, [OWN, BACKGROUND_JOB]);
  const { BACKGROUND_JOB_TOOLSET } = await import("./background-job/toolset.ts");
  const { loadJobConfig } = await import("./background-job/settings.ts");
  return { toolset: BACKGROUND_JOB_TOOLSET, config: await loadJobConfig() };
}

/** What `--tools` names. */
function toolsetIn(args: string[]): string {
  const words = args.flatMap((one) => (one.startsWith("--tools=") ? ["--tools", one.slice("--tools=".length)] : [one]));
  const [option, name, another] = words;
  if (option === undefined) return OWN;
  if (option !== "--tools") throw unknownArgument("mcp", option);
  if (name === undefined) throw missingToolset([OWN, BACKGROUND_JOB]);
  if (another !== undefined) throw unknownArgument("mcp", another);
  return name;
}

/** stdout belongs to the protocol. */
function trace(text: string): void {
  console.error(`backburner: ${visible(text.replaceAll(/\s*\n\s*/g, " "))}`);
}
