// Output and JSON made fit for a terminal. Pure.

import { visibleJson } from "../visible.ts";

export { visible } from "../visible.ts";

/** JSON that a terminal can be given: one line, or indented for people. JSON itself leaves DEL, C1 and what reorders text raw. */
export function json(value: unknown, indented: boolean): string {
  return `${visibleJson(JSON.stringify(value, null, indented ? 2 : undefined))}\n`;
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Cuts or pads to `width` columns: they, not characters, are what lines up. The last cell of a line is not padded. */
export function fit(text: string, width: number, last: boolean): string {
  if (width < 1) return "";
  const short = width - Bun.stringWidth(text);
  if (short < 0) return fit(shortened(text, width), width, last);
  return last ? text : text + " ".repeat(short);
}

/** Bun.sliceAnsi takes a wide character whole that begins before the edge (Bun 1.4.5): then one column less is asked for. */
function shortened(text: string, width: number): string {
  const kept = Bun.sliceAnsi(text, 0, width - 1);
  return `${Bun.stringWidth(kept) < width ? kept : Bun.sliceAnsi(text, 0, width - 2)}…`;
}

/** A sequence that began and is not complete: the rest comes with the next chunk. */
// oxlint-disable-next-line no-control-regex
const UNFINISHED = /\u001b(?:[[(#%][0-?]*[ -/]*|[\]PX^_][^\u0007\u001b]*\u001b?|[ -/]*)$/;
const LONGEST_SEQUENCE = 4096;

/** Cleans output that comes in pieces: UTF-8 made valid, and stripped. */
export class Cleaner {
  readonly #decoder = new TextDecoder();
  #held = "";

  push(bytes: Uint8Array): string {
    return this.#clean(this.#held + this.#decoder.decode(bytes, { stream: true }));
  }

  /** What was held back for a rest that never came. */
  end(): string {
    const rest = this.#held + this.#decoder.decode();
    this.#held = "";
    return strip(rest);
  }

  #clean(text: string): string {
    const at = UNFINISHED.exec(text.slice(-LONGEST_SEQUENCE));
    const cut = at ? text.length - at[0].length : text.length;
    this.#held = text.slice(cut);
    return strip(text.slice(0, cut));
  }
}

// oxlint-disable-next-line no-control-regex
const UNWANTED = /[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Without escape sequences and control characters. Tab, newline, return and backspace stay: none of them leaves its line, and
 * progress bars are made of them. What reorders text goes too.
 */
export function strip(text: string): string {
  return Bun.stripANSI(text).replace(UNWANTED, "");
}
