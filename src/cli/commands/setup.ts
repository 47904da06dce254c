// backburner setup: makes the MCP clients of this machine know us.

import type { Command } from "commander";
import { messageOf } from "../../errors.ts";
import type { SetupPlan, SetupRequest } from "../../operations/setup.ts";
import { commandLineOf } from "../../operations/command-line.ts";
import { usage, variable } from "../arguments.ts";
import { changedLines } from "../changes.ts";
import { FAILED } from "../exit.ts";
import { epilogue } from "../help.ts";
import { complain, isTerminal, print, STDOUT } from "../terminal.ts";
import { visible } from "../../visible.ts";
import type { Call } from "../verbs.ts";

interface SetupOptions {
  all?: true;
  name: string;
  env?: Record<string, string>;
  project?: true;
  print?: boolean;
  remove?: true;
}

export function declareSetup(command: Command, { leaveWith }: Call): void {
  command
    .summary("make an MCP client know backburner")
    .description(
      "Adds backburner to an MCP client: through the client's own command where it has\n" +
        "one, else in its settings file, of which nothing else is touched and the old\n" +
        "version kept beside it. Without a client it lists those it knows.",
    )
    .argument("[client]", "one of those that the list shows")
    .option("--all", "every client that is found on this machine")
    .option("--name <name>", "what the client calls it", "backburner")
    .option("-e, --env <NAME=value>", "set a variable for it; may be repeated", variable)
    .option("--project", "in the settings of the project in this directory")
    .option("--print", "only show what would be done")
    .option("--remove", "remove it from the client")
    .action(async (client: string | undefined, { all, print: dry = false, ...options }: SetupOptions) => {
      if (all && client !== undefined) throw usage("--all means every client; leave the name out, or --all");
      if (all && options.project) throw usage("--all and --project can't be combined; name the client");
      const request: SetupRequest = {
        name: options.name,
        env: options.env ?? {},
        remove: options.remove ?? false,
        project: options.project ? process.cwd() : undefined,
      };
      const { knownHosts } = await setupOperation();
      if (client !== undefined) return print(await setUp(client, request, dry));
      if (!all) return print(await overview(options.name));
      const found = knownHosts(options.name).filter(({ installed }) => installed);
      if (found.length === 0) throw usage('no client was found; "backburner setup" lists those that are known');
      for (const { host } of found) {
        try {
          await print(await setUp(host.id, request, dry));
        } catch (error) {
          await complain(messageOf(error)); // the others are set up all the same
          leaveWith(FAILED);
        }
      }
    });
  epilogue(command, "Examples", [
    "backburner setup claude-code",
    "backburner setup vscode --project --print",
    "backburner setup codex --env BACKBURNER_MAX_TASKS=4",
    "backburner setup --all --remove",
  ]);
}

/** Loaded when it is used: its JSON parser is nothing for the other verbs. */
const setupOperation = () => import("../../operations/setup.ts");

/** Answers with what was done, or would be. */
async function setUp(client: string, request: SetupRequest, dry: boolean): Promise<string> {
  const operation = await setupOperation();
  if (dry) return preview(operation.planSetup(client, request), request);
  const { plan, backup } = operation.setUp(client, request);
  const { title } = plan.host;
  if (plan.kind === "nothing")
    return `${title}: ${request.remove ? "does not know" : "already knows"} ${request.name}\n`;
  const done = request.remove ? "removed" : "added";
  const where = plan.kind === "write" ? ` ${request.remove ? "from" : "to"} ${plan.file}` : "";
  const before = backup === undefined ? "" : `; the old version is ${backup}`;
  const next = request.remove ? "" : `; restart ${title}, or reload its MCP servers`;
  return visibleLines([`${title}: ${done} ${request.name}${where}${before}${next}`]);
}

function preview(plan: SetupPlan, { remove, name }: SetupRequest): string {
  const { title } = plan.host;
  if (plan.kind === "nothing")
    return `${title}: nothing to do, it ${remove ? "does not know" : "already knows"} ${name}\n`;
  const here = plan.kind === "run" && plan.missing !== undefined ? `, were ${plan.missing} on the PATH` : "";
  if (plan.kind === "run")
    return visibleLines([`${title}: would run${here}`, ...plan.commands.map((argv) => `  ${commandLineOf(argv)}`)]);
  const changes = changedLines(plan.before, plan.after);
  return visibleLines([`${title}: would change ${plan.file}`, ...changes.map((line) => `  ${line}`)]);
}

async function overview(name: string): Promise<string> {
  const { knownHosts } = await setupOperation();
  const rows = knownHosts(name).map(({ host, file, installed, entry }) => [
    host.id,
    entry === undefined ? (installed ? "found" : "not found") : `has ${name}`,
    file,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))));
  const found = rows.find(([, state]) => state === "found")?.[0];
  const next =
    found === undefined
      ? []
      : ["", `next: "backburner setup ${found}", or "backburner setup --all" for all that are found`];
  return visibleLines([
    ...rows.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
    ...(isTerminal(STDOUT) ? next : []),
  ]);
}

function visibleLines(lines: string[]): string {
  return lines.map((line) => `${visible(line)}\n`).join("");
}
