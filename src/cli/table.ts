// Tasks in rows: an aligned table for a terminal, lines of tab-separated fields for a program. Pure.

import { progressText, type Task, type TaskStatus } from "../task.ts";
import { ago, exit, ranForMs, span } from "./format.ts";
import { fit } from "./text.ts";
import { visible } from "../visible.ts";
import { instant } from "../wire.ts";

const WIDEST_NAME = 24;
const NARROWEST_NAME = 8;
const NARROWEST_COMMAND = 16;
const GAP = "  ";

export interface TableStyle {
  columns: number;
  colour: boolean;
}

/** For a terminal: as wide as it is, times relative, the command cut where the line ends. */
export function table(tasks: Task[], { columns, colour }: TableStyle, nowMs = Date.now()): string {
  const named = tasks.some((task) => task.name !== undefined);
  const moving = tasks.some((task) => progressOf(task) !== "");
  const optional = [...(moving ? ["PROGRESS"] : []), ...(named ? ["NAME"] : [])];
  const head = ["ID", "STATUS", "EXIT", "CREATED", "RAN", ...optional, "COMMAND"];
  const rows = tasks.map((task) => cells(task, { named, moving }, nowMs));
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => Bun.stringWidth(row[at] ?? ""))));
  const last = head.length - 1;
  if (named) {
    const name = last - 1;
    const rest = widths.slice(0, name).reduce((sum, width) => sum + width + GAP.length, 0);
    const room = Math.max(NARROWEST_NAME, columns - rest - GAP.length - NARROWEST_COMMAND);
    widths[name] = Math.min(widths[name] ?? 0, WIDEST_NAME, room);
  }
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  widths[last] = Math.max(NARROWEST_COMMAND, columns - before);
  const line = (row: string[], paint: (text: string, at: number) => string) =>
    row
      .map((cell, at) => paint(fit(cell, widths[at] ?? 0, at === last), at))
      .join(GAP)
      .trimEnd();
  const heading = line(head, colour ? (text) => `\u001b[1m${text}\u001b[22m` : plain);
  const body = rows.map((row, at) =>
    line(row, colour ? (text, column) => (column === 1 ? painted(text, tasks[at]?.status) : text) : plain),
  );
  return [heading, ...body].map((text) => `${text}\n`).join("");
}

/** For a program: id, status, exit, created (ISO 8601), seconds it ran, name, command; a field that is not known is empty. */
export function lines(tasks: Task[], nowMs = Date.now()): string {
  return tasks
    .map((task) => {
      const ranMs = ranForMs(task, nowMs);
      const created = instant(task.createdAtMs);
      const ran = ranMs === undefined ? "" : String(Math.max(0, Math.round(ranMs)) / 1000);
      const fields = [task.id, task.status, exit(task), created, ran, task.name ?? "", task.command];
      return `${fields.map(visible).join("\t")}\n`;
    })
    .join("");
}

function plain(text: string): string {
  return text;
}

/** A status in its colour. */
export function painted(text: string, status: TaskStatus | undefined): string {
  return status === undefined ? text : `\u001b[${COLOURS[status]}m${text}\u001b[39m`;
}

const COLOURS: Record<TaskStatus, number> = {
  queued: 90, // grey
  working: 36, // cyan
  completed: 32, // green
  failed: 31, // red
  cancelled: 33, // yellow
  timed_out: 31,
  interrupted: 35, // magenta
};

/** Of a task that runs. */
function progressOf(task: Task): string {
  return task.status === "working" && task.progress ? progressText(task.progress) : "";
}

function cells(task: Task, { named, moving }: { named: boolean; moving: boolean }, nowMs: number): string[] {
  const ranMs = ranForMs(task, nowMs);
  return [
    task.id,
    task.status,
    exit(task),
    ago(task.createdAtMs, nowMs),
    ranMs === undefined ? "" : span(ranMs),
    ...(moving ? [progressOf(task)] : []),
    ...(named ? [task.name ?? ""] : []),
    task.command,
  ].map(visible);
}
