// top: all tasks on one screen, the log of one of them, and what can be done to it.

import { messageOf } from "../../errors.ts";
import type { App } from "../../operations/app.ts";
import { cancel, DEFAULT_GRACE_SECONDS } from "../../operations/cancel.ts";
import { lastLine, type Overview, overview } from "../../operations/overview.ts";
import { tailOf } from "../../operations/result.ts";
import { send } from "../../operations/send.ts";
import { status } from "../../operations/status.ts";
import { hasOpenStdin, isTerminal as hasEnded, type Task } from "../../task.ts";
import { hasColour, size as sizeOf, STDOUT } from "../terminal.ts";
import { visible } from "../../visible.ts";
import { type Live, live, type View } from "./live.ts";
import { listScreen, logScreen, type Size, windowOf } from "./screen.ts";

/** Read before another version can lie there. */
const OWN_PATH = process.execPath;

/** As many of those that run, that wait, and that ended last. */
const MOST_TASKS = 500;
const LONGEST_LOG_CHARS = 1_000_000;
const INPUT_WAIT_MS = 0;

/** Resolves when the person leaves, with what to leave with. */
export async function top(app: App): Promise<number> {
  return live(app, (screen) => new Top(app, screen));
}

type Asking = { what: "cancel"; task: Task } | { what: "input"; task: Task; text: string };

class Top implements View {
  readonly #app: App;
  readonly #live: Live;
  readonly #colour = hasColour(STDOUT);
  #overview: Overview | undefined;
  /** By id, so that it stays on its task when others come and go. */
  #selectedId: string | undefined;
  /** Its log is on the screen. */
  #logOf: string | undefined;
  /** Lines between the end of the log and that of the screen. */
  #below = 0;
  #asking: Asking | undefined;
  #message: string | undefined;
  #lastLines = new Map<string, { bytes: number; line: string }>();

  constructor(app: App, screen: Live) {
    this.#app = app;
    this.#live = screen;
  }

  async draw(size: Size): Promise<string[]> {
    return this.#logOf === undefined ? await this.#list(size) : await this.#log(this.#logOf, size);
  }

  async #list(size: Size): Promise<string[]> {
    const found = await overview(this.#app, MOST_TASKS);
    this.#overview = found;
    const selected = this.#selected(found);
    const [first, end] = windowOf({ tasks: found.tasks, selected }, size);
    const lastLines = new Map(found.tasks.slice(first, end).map((task) => [task.id, this.#lastLine(task)]));
    const view = { ...found, selected, lastLines, message: this.#footer(), colour: this.#colour };
    return listScreen(view, size, Date.now());
  }

  async #log(id: string, size: Size): Promise<string[]> {
    const task = await status(this.#app, id);
    const room = Math.max(1, size.rows - 3);
    this.#below = Math.min(this.#below, Math.max(0, (task.outputLines ?? 0) - room));
    const { text } = tailOf(this.#app, task, room + this.#below, LONGEST_LOG_CHARS);
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    const shown = lines.slice(0, this.#below > 0 ? room : undefined).slice(-room);
    const message = this.#footer();
    return logScreen({ task, lines: shown, below: this.#below, message, colour: this.#colour }, size, Date.now());
  }

  /** Read again only when more was printed. */
  #lastLine(task: Task): string {
    const bytes = task.outputBytes ?? 0;
    const known = this.#lastLines.get(task.id);
    if (known?.bytes === bytes) return known.line;
    const line = lastLine(this.#app, task);
    this.#lastLines.set(task.id, { bytes, line });
    return line;
  }

  #selected({ tasks }: Overview): number {
    const at = tasks.findIndex(({ id }) => id === this.#selectedId);
    if (at >= 0) return at;
    this.#selectedId = tasks[0]?.id;
    return 0;
  }

  #footer(): string | undefined {
    if (!this.#asking) return this.#message;
    const { task } = this.#asking;
    const name = visible(task.name ?? task.id);
    return this.#asking.what === "cancel"
      ? `end ${name} with all of its processes? y, or any other key`
      : `input for ${name}, enter sends, escape forgets: ${visible(this.#asking.text)}`;
  }

  async press(key: string): Promise<void> {
    this.#message = undefined;
    try {
      await (this.#asking ? this.#answer(this.#asking, key) : this.#press(key));
    } catch (error) {
      this.#message = visible(messageOf(error));
    }
  }

  async #press(key: string): Promise<void> {
    const page = Math.max(1, sizeOf()[1] - 3);
    const moves: Record<string, number> = {
      up: -1,
      k: -1,
      down: 1,
      j: 1,
      pageup: -page,
      pagedown: page,
      home: -1e9,
      end: 1e9,
      g: -1e9,
      G: 1e9,
    };
    const move = moves[key];
    if (move !== undefined) return this.#move(move);
    if (key === "ctrl-c") return this.#live.leave();
    if (key === "ctrl-l") return this.#live.drawAnew();
    if (key === "q" || key === "escape") {
      if (this.#logOf === undefined) return key === "q" ? this.#live.leave() : undefined;
      this.#logOf = undefined;
      return undefined;
    }
    const id = this.#logOf ?? this.#selectedId;
    if (id === undefined) return undefined;
    if (key === "enter" || key === "l") [this.#logOf, this.#below] = [id, 0];
    else if (key === "c") this.#asking = { what: "cancel", task: await status(this.#app, id) };
    else if (key === "i") await this.#askInput(id);
    else if (key === "a") await this.#attach(id);
    return undefined;
  }

  #move(by: number): void {
    if (this.#logOf !== undefined) {
      this.#below = Math.max(0, this.#below - by);
      return;
    }
    const tasks = this.#overview?.tasks ?? [];
    const at = tasks.findIndex(({ id }) => id === this.#selectedId);
    this.#selectedId = tasks[Math.max(0, Math.min(tasks.length - 1, at + by))]?.id;
  }

  async #askInput(id: string): Promise<void> {
    const task = await status(this.#app, id);
    if (hasEnded(task.status)) this.#message = "it has ended and reads nothing any more";
    else if (!hasOpenStdin(task)) this.#message = "it was started without an open stdin: start -i, or --pty, opens it";
    else this.#asking = { what: "input", task, text: "" };
  }

  async #answer(asking: Asking, key: string): Promise<void> {
    this.#asking = undefined;
    if (asking.what === "cancel") {
      if (key !== "y") return;
      this.#message = `ending ${asking.task.id} …`;
      this.#live.draw();
      const { task, survivors } = await cancel(this.#app, asking.task.id, DEFAULT_GRACE_SECONDS);
      this.#message =
        survivors.length > 0 ? `${survivors.length} processes outlived SIGKILL` : `${task.id}: ${task.status}`;
    } else if (key === "enter") {
      await send(this.#app, asking.task.id, { input: `${asking.text}\n`, eof: false, waitMs: INPUT_WAIT_MS });
      this.#message = "sent";
    } else if (key === "backspace") this.#asking = { ...asking, text: asking.text.slice(0, -1) };
    else if (key !== "escape" && key !== "ctrl-c")
      this.#asking = { ...asking, text: asking.text + (/^.$/u.test(key) ? key : "") };
  }

  async #attach(id: string): Promise<void> {
    const stdio = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
    // What takes a compiled Bun over is not handed on to ourselves.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BUN_")));
    await this.#live.lend(async () => void (await Bun.spawn([OWN_PATH, "attach", id], { ...stdio, env }).exited));
  }
}
