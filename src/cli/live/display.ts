// The whole screen of a terminal, taken and given back whatever happens. Only lines that changed are written.

import { writeSync } from "node:fs";
import { print, rawMode, STDOUT } from "../terminal.ts";

/** The other screen, no cursor, no line wrap; and back. */
const TAKE = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
const GIVE_BACK = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";
/** A terminal that knows it shows a frame as a whole. */
const [BEGIN, END] = ["\u001b[?2026h", "\u001b[?2026l"];

export class Display {
  #shown: string[] = [];
  #giveBack = () => {};

  take(): void {
    const restore = rawMode();
    const leave = () => {
      try {
        writeSync(STDOUT, GIVE_BACK); // in one go: the process may be about to end
      } catch {} // the terminal is gone
    };
    process.once("exit", leave);
    this.#giveBack = () => {
      process.off("exit", leave);
      leave();
      restore();
    };
    this.#shown = [];
    writeSync(STDOUT, TAKE);
  }

  giveBack(): void {
    this.#giveBack();
    this.#giveBack = () => {};
  }

  /** Everything is written again by the next `show`. */
  forget(): void {
    this.#shown = [];
  }

  async show(lines: string[]): Promise<void> {
    const changed = lines
      .map((line, at) => (line === this.#shown[at] ? "" : `\u001b[${at + 1};1H\u001b[0m${line}\u001b[0m\u001b[K`))
      .join("");
    const fewer = lines.length < this.#shown.length ? `\u001b[${lines.length + 1};1H\u001b[J` : "";
    this.#shown = lines;
    if (changed + fewer !== "") await print(BEGIN + changed + fewer + END);
  }
}
