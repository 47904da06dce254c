// Text of others made fit for a terminal: nothing in a command, a name or an output may move the cursor or recolour the screen. Pure.

/** C0, DEL, C1, and what reorders or hides text around it. */
// oxlint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** On one line, every control character as a picture of it (ESC is ␛, newline is ⏎) or, without one, as its code point. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\n") return "⏎";
    if (character === "\u200d") return character; // joins emoji
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "␡";
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** JSON that a terminal can be given: one line, or indented for people. JSON itself leaves DEL and C1 raw. */
export function json(value: unknown, indented: boolean): string {
  const text = JSON.stringify(value, null, indented ? 2 : undefined);
  return `${text.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
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

/** Cleans output that comes in pieces: no escape sequences, UTF-8 made valid, no control characters but tab, newline, return and backspace. */
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

function strip(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return Bun.stripANSI(text).replace(/[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "");
}
