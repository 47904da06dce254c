// What top looks like: a state in, the lines of a screen out, each as wide as it at most. Pure.

import type { Overview } from "../../operations/overview.ts";
import { isTerminal as hasEnded, type Progress, type Task } from "../../task.ts";
import { ago, exit, ranForMs, span } from "../format.ts";
import { painted } from "../table.ts";
import { visible } from "../../visible.ts";
import { fit, plural } from "../text.ts";

export interface Size {
  columns: number;
  rows: number;
}

export interface ListView extends Overview {
  /** Index of the task that keys are meant for. */
  selected: number;
  lastLines: ReadonlyMap<string, string>;
  /** Stands in the last line, instead of the keys: a question, or what has happened. */
  message?: string | undefined;
  colour: boolean;
}

/** Lines that are no task. */
const FRAME = 3;
const BAR = 10;
/** In fewer columns ids are shortened, as every verb takes the first characters of one. */
const ROOMY = 100;
const SHORT_ID = 6;

/** How many tasks a screen shows, and which is the first: the selected one is among them. */
export function windowOf(view: Pick<ListView, "tasks" | "selected">, { rows }: Size): [first: number, end: number] {
  const room = Math.max(1, rows - FRAME);
  const first = Math.max(0, Math.min(view.selected - Math.floor(room / 2), view.tasks.length - room));
  return [first, Math.min(view.tasks.length, first + room)];
}

export function listScreen(view: ListView, size: Size, nowMs: number): string[] {
  const { columns, rows } = size;
  const [first, end] = windowOf(view, size);
  const bold = (text: string) => (view.colour ? `\u001b[1m${text}\u001b[22m` : text);
  const more = end < view.tasks.length ? `, ${view.tasks.length - end} more below` : "";
  const counts = `${view.working} working of ${view.slots} slots, ${view.queued} queued, ${view.total} in all${more}`;
  const widths = widthsOf(view.tasks.slice(first, end), columns, nowMs);
  const heading = ["ID", "STATUS", "TIME", "PROGRESS", "TASK", "LAST LINE"];
  const body = view.tasks.slice(first, end).map((task, at) => {
    const cells = cellsOf(task, view.lastLines.get(task.id) ?? "", columns, nowMs);
    const line = cells.map((cell, column) => fit(cell, widths[column] ?? 0, false));
    const selected = first + at === view.selected;
    if (view.colour && !selected) line[1] = painted(line[1] ?? "", task.status);
    return mark(fit(joined(line), columns, false), selected, view.colour);
  });
  const empty = view.tasks.length === 0 ? ['no tasks yet; "backburner start -- COMMAND" starts one'] : [];
  const filler = Array.from({ length: Math.max(0, rows - FRAME - body.length - empty.length) }, () => "");
  return [
    fit(`${bold("backburner")}  ${counts}`, columns, true),
    fit(bold(joined(heading.map((title, column) => fit(title, widths[column] ?? 0, false)))), columns, true),
    ...body,
    ...empty,
    ...filler,
    fit(view.message ?? "↑↓ select  enter log  a attach  i input  c cancel  q quit", columns, true),
  ].slice(0, rows);
}

export interface LogView {
  task: Task;
  /** Lines of the output, cleaned; the newest at the end. */
  lines: string[];
  /** How many lines below them are not shown: the person went up. */
  below: number;
  message?: string | undefined;
  colour: boolean;
}

export function logScreen({ task, lines, below, message, colour }: LogView, size: Size, nowMs: number): string[] {
  const { columns, rows } = size;
  const status = colour ? painted(task.status, task.status) : task.status;
  const shown = lines.slice(0, Math.max(0, rows - FRAME)).map((line) => fit(visible(line), columns, true));
  const filler = Array.from({ length: Math.max(0, rows - FRAME - shown.length) }, () => "");
  const where = below > 0 ? `${below} lines below; end goes there` : hasEnded(task.status) ? "the end" : "goes on";
  return [
    fit(`${task.id}  ${status}  ${timeOf(task, nowMs)}  ${visible(task.name ?? task.command)}`, columns, true),
    fit(`${plural(task.outputLines ?? 0, "line")}, ${plural(task.outputBytes ?? 0, "byte")}; ${where}`, columns, true),
    ...shown,
    ...filler,
    fit(message ?? "↑↓ pgup pgdn home end scroll  a attach  i input  c cancel  q back", columns, true),
  ].slice(0, rows);
}

function cellsOf(task: Task, lastLine: string, columns: number, nowMs: number): string[] {
  const about = task.reason ?? "";
  return [
    columns < ROOMY ? task.id.slice(0, SHORT_ID) : task.id,
    task.status === "failed" ? `${task.status} ${exit(task)}` : task.status,
    timeOf(task, nowMs),
    task.status === "working" && task.progress ? bar(task.progress) : "",
    visible(task.name ?? task.command),
    visible(hasEnded(task.status) && about !== "" ? about : lastLine),
  ];
}

function widthsOf(tasks: Task[], columns: number, nowMs: number): number[] {
  const rows = tasks.map((task) => cellsOf(task, "", columns, nowMs));
  const widest = (column: number, least: number) =>
    Math.max(least, ...rows.map((row) => Bun.stringWidth(row[column] ?? "")));
  const moving = rows.some((row) => row[3] !== "");
  const fixed = [widest(0, 2), widest(1, 6), widest(2, 4), moving ? widest(3, 8) : 0];
  const rest = Math.max(16, columns - fixed.reduce((sum, width) => sum + (width === 0 ? 0 : width + 2), 1) - 2);
  const command = Math.min(widest(4, 4), Math.max(8, Math.floor(rest / 2)));
  return [...fixed, command, rest - command];
}

/** A column without width is not there. */
function joined(cells: string[]): string {
  return ` ${cells.filter((cell) => cell !== "").join("  ")}`;
}

function mark(line: string, selected: boolean, colour: boolean): string {
  if (!selected) return line;
  return colour ? `\u001b[7m${line}\u001b[27m` : line.replace(" ", ">");
}

/** How long it has run; of one that has ended, since when. */
function timeOf(task: Task, nowMs: number): string {
  const ranMs = ranForMs(task, nowMs);
  if (task.finishedAtMs !== undefined && ranMs === undefined) return ago(task.finishedAtMs, nowMs);
  return ranMs === undefined ? ago(task.createdAtMs, nowMs) : span(ranMs);
}

/** "██████░░░░  60%", or "17/340" where no share is known. */
function bar({ percent, step, total }: Progress): string {
  const share = percent ?? (step !== undefined && total ? (step / total) * 100 : undefined);
  if (share === undefined) return step === undefined ? "" : String(step);
  const full = Math.round((Math.min(100, Math.max(0, share)) / 100) * BAR);
  return `${"█".repeat(full)}${"░".repeat(BAR - full)} ${String(Math.floor(share)).padStart(3)}%`;
}
