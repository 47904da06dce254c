// A terminal, or a pipe, joined to a task: its output here, what is typed here to it. The terminal is left as it was found.

import { fstatSync } from "node:fs";
import { constants } from "node:os";
import type { App } from "../operations/app.ts";
import { type Line, openLine } from "../operations/attach.ts";
import { follow } from "../operations/follow.ts";
import { status } from "../operations/status.ts";
import { hasOpenStdin, isTerminal as hasEnded, type Task, type TaskId } from "../task.ts";
import { codeOfTask } from "./exit.ts";
import { TerminalModes } from "./modes.ts";
import { explain } from "./show.ts";
import { showOutput } from "./stream.ts";
import {
  complain,
  hint,
  isTerminal,
  isInForeground,
  isThere,
  lineEndsAlsoAt,
  print,
  rawMode,
  size,
  STDIN,
  STDOUT,
} from "./terminal.ts";

export const DETACH = "Ctrl-]";
const DETACH_BYTE = 0x1d;
/** For a task that does not read: what was typed before leaving is waited for this long. */
const LAST_KEYS_MS = 500;

/**
 * Stays until the task ends or the person leaves. Returns what to leave with: 0 for a task that goes on. Begins with the last
 * `tailLines` of the output; `undefined` is all of it, of a task that was started for this.
 */
export async function attach(app: App, id: TaskId, tailLines: number | undefined): Promise<number> {
  const task = await status(app, id);
  const left = new AbortController();
  let code = 0;
  const leave = (signal: NodeJS.Signals) => {
    if (signal !== "SIGINT") code = 128 + constants.signals[signal];
    left.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, leave);
  const listens = !hasEnded(task.status) && (hasOpenStdin(task) || (isTerminal(STDIN) && isInForeground()));
  const keyboard = listens ? new Keyboard(app, task, left, tailLines === undefined) : undefined;
  const modes = new TerminalModes();
  try {
    keyboard?.open(); // before a word is said: what is typed from then on is the task's
    if (keyboard && isTerminal(STDIN)) await hint(keyboard.welcome);
    const output = follow(app, id, { tailLines, live: true, signal: left.signal });
    await (task.pty && isTerminal(STDOUT) ? showRaw(output, modes) : showOutput(output));
  } finally {
    keyboard?.close();
    if (task.pty && isTerminal(STDOUT)) await print(modes.undo()).catch(() => {}); // it may be gone
  }
  const now = await status(app, id);
  if (hasEnded(now.status)) {
    await explain(now);
    return codeOfTask(now);
  }
  await hint(`\ntask ${id} goes on; "backburner attach ${id}" comes back to it`);
  return code;
}

/** Exact bytes: what the task's terminal shows, ours shows. */
async function showRaw(chunks: AsyncIterable<Uint8Array>, modes: TerminalModes): Promise<void> {
  for await (const chunk of chunks) {
    modes.push(chunk);
    await print(chunk);
  }
}

/** What is typed to a task whose stdin is closed. */
const NOWHERE: Line = { write: async () => true, end: async () => true, async resize() {} };

/** Hands on what comes from stdin: each key to a task with a terminal, lines or a pipe's bytes to any that reads. */
class Keyboard {
  /** Every key goes to the task, Ctrl-C too. */
  readonly raw: boolean;
  /** Says who is there, and how to leave. */
  readonly welcome: string;
  readonly #line: Line;
  readonly #fresh: boolean;
  readonly #left: AbortController;
  #restore = () => {};
  readonly #onResize = () => void this.#line.resize(...size()).catch(() => {});

  /** `fresh`: the task was started in this terminal, and has its size. */
  constructor(app: App, task: Task, left: AbortController, fresh: boolean) {
    this.#fresh = fresh;
    const isOpen = hasOpenStdin(task);
    this.#line = isOpen ? openLine(app, task, left.signal) : NOWHERE;
    this.#left = left;
    this.raw = task.pty && isTerminal(STDIN);
    const leaves = `${DETACH} or Ctrl-C leaves it running`;
    this.welcome = this.raw
      ? `attached to task ${task.id}; ${DETACH} leaves it running\r`
      : `attached to task ${task.id}${isOpen ? `; ${leaves}, Ctrl-D ends its input` : `, which reads nothing; ${leaves}`}`;
  }

  open(): void {
    if (!isTerminal(STDIN) && fstatSync(STDIN).isCharacterDevice()) return; // /dev/null: nobody types, and it is no end of input
    if (this.raw) {
      this.#restore = rawMode();
      if (isTerminal(STDOUT)) {
        process.stdout.on("resize", this.#onResize);
        void this.#showAnew().catch(() => {});
      }
    } else if (isTerminal(STDIN)) this.#restore = lineEndsAlsoAt(String.fromCharCode(DETACH_BYTE));
    void this.#handOn().catch(async (error: unknown) => {
      if (!this.#left.signal.aborted) await complain(error instanceof Error ? error.message : String(error));
    });
  }

  close(): void {
    if (this.raw) process.stdout.off("resize", this.#onResize);
    this.#restore();
  }

  /** A program that fills the screen draws it again when its size changes; the same size again would be no change. */
  async #showAnew(): Promise<void> {
    const [cols, rows] = size();
    if (!this.#fresh) await this.#line.resize(cols, rows + 1);
    await this.#line.resize(cols, rows);
  }

  async #handOn(): Promise<void> {
    const typed = isTerminal(STDIN);
    let taken = Promise.resolve(true);
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      const at = typed ? chunk.indexOf(DETACH_BYTE) : -1;
      const bytes = at < 0 ? chunk : chunk.subarray(0, at);
      // A key is not waited for: one that leaves must be heard although the task reads nothing.
      if (bytes.length > 0) taken = this.#line.write(bytes);
      if (at >= 0) {
        await Promise.race([taken.catch(() => {}), Bun.sleep(LAST_KEYS_MS)]);
        return this.#left.abort();
      }
      if (typed) taken.catch(() => {});
      else if (!(await taken)) return;
    }
    // A terminal that is gone (its window was closed) has an end as well: it is no end of the task's input.
    if (typed && (this.raw || this.#line === NOWHERE || !isThere())) return this.#left.abort();
    await this.#line.end();
  }
}
