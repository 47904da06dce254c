// backburner status: all that is known of one task.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { status } from "../../operations/status.ts";
import { type Decided, progressText, type Task } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { ago, exit, instant, ranForMs, size, span } from "../format.ts";
import { epilogue } from "../help.ts";
import { showJson } from "../show.ts";
import { painted } from "../table.ts";
import { plural } from "../text.ts";
import { hasColour, print, STDOUT } from "../terminal.ts";
import { visible } from "../../visible.ts";

export function declareStatus(command: Command): void {
  command
    .summary("show one task")
    .description("Shows all that is known of one task.")
    .argument("<id>", "an id, the first 4 or more characters of one, or a name")
    .option("--json", "print the task as JSON")
    .action(async (id: string, { json }: { json?: true }) => {
      const task = await status(openApp(await loadConfig()), id, findTaskByPrefix);
      await (json
        ? showJson({ ...wireTask(task), ...(task.verdict && { policy: task.verdict }) })
        : print(describe(task, hasColour(STDOUT), Date.now())));
    });
  epilogue(command, "Examples", ["backburner status 4fzk", "backburner status build --json | jq -r .status"]);
}

function describe(task: Task, colour: boolean, nowMs: number): string {
  const ended = exit(task);
  const ranMs = ranForMs(task, nowMs);
  const when = (atMs: number | undefined) =>
    atMs === undefined ? undefined : `${instant(atMs)} (${ago(atMs, nowMs)})`;
  const facts: [string, string | undefined][] = [
    ["task", task.id],
    ["name", task.name],
    ["status", colour ? painted(visible(task.status), task.status) : visible(task.status)],
    ["reason", task.reason],
    ["waits", task.waitsForInput && ["for input, it seems", task.waitsForInput.lastLine].filter(Boolean).join(": ")],
    [task.outcome && "signal" in task.outcome ? "signal" : "exit", ended === "" ? undefined : ended],
    ["command", task.command],
    ["directory", task.cwd],
    ["created", when(task.createdAtMs)],
    ["started", when(task.startedAtMs)],
    ["finished", when(task.finishedAtMs)],
    ["ran", ranMs === undefined ? undefined : span(ranMs)],
    ["timeout", task.timeoutMs === undefined ? undefined : span(task.timeoutMs)],
    ["idle timeout", task.idleTimeoutMs === undefined ? undefined : span(task.idleTimeoutMs)],
    ["policy", task.verdict && decided(task.verdict)],
    ["progress", task.progress && task.status !== "completed" ? progressText(task.progress) : undefined],
    ["pid", task.process === undefined ? undefined : String(task.process.pid)],
    ["output", outputOf(task, nowMs)],
    ...task.leftRunning.map(({ pid, command }): [string, string] => ["left running", `${pid} ${command}`]),
  ];
  return facts
    .filter((fact): fact is [string, string] => fact[1] !== undefined)
    .map(([label, value]) => `${label.padEnd("left running".length)}  ${label === "status" ? value : visible(value)}\n`)
    .join("");
}

function decided({ decision, patterns }: Decided): string {
  return patterns.length === 0 ? decision : `${decision} by ${patterns.map((one) => JSON.stringify(one)).join(", ")}`;
}

function outputOf(task: Task, nowMs: number): string | undefined {
  if (task.outputBytes === undefined) return undefined;
  const much = `${plural(task.outputLines ?? 0, "line")}, ${size(task.outputBytes)}`;
  return task.lastOutputAtMs === undefined ? much : `${much}, the last ${ago(task.lastOutputAtMs, nowMs)}`;
}
