// What a program in a terminal has switched on there, so that it can be switched off when we leave in the middle of it. Pure.

/** Private modes that a terminal has on by itself: line wrap, cursor. */
const ON_BY_DEFAULT = new Set(["7", "25"]);
// oxlint-disable-next-line no-control-regex
const SWITCHES = /\u001b(?:\[\?([\d;]+)([hl])|([=>])|\[([<>])[\d;]*u)/g;
const LONGEST_SWITCH = 32;

export class TerminalModes {
  readonly #changed = new Map<string, "h" | "l">();
  #keypad = false;
  #keyboards = 0;
  #tail = "";

  /** Output that goes to the terminal. */
  push(bytes: Uint8Array): void {
    const text = this.#tail + Buffer.from(bytes).toString("latin1");
    let end = 0;
    for (const found of text.matchAll(SWITCHES)) {
      const [whole, modes, state, keypad, keyboard] = found;
      end = found.index + whole.length;
      for (const mode of modes?.split(";") ?? []) this.#changed.set(mode, state === "h" ? "h" : "l");
      if (keypad) this.#keypad = keypad === "=";
      if (keyboard) this.#keyboards = Math.max(0, this.#keyboards + (keyboard === ">" ? 1 : -1));
    }
    this.#tail = text.slice(Math.max(end, text.length - LONGEST_SWITCH));
  }

  /** What brings the terminal back: mouse, paste and keyboard modes off, the first screen, the cursor and plain text. */
  undo(): string {
    let undone = "";
    for (const [mode, state] of this.#changed) {
      const wanted = ON_BY_DEFAULT.has(mode) ? "h" : "l";
      if (state !== wanted) undone += `\u001b[?${mode}${wanted}`;
    }
    if (this.#keyboards > 0) undone += `\u001b[<${this.#keyboards}u`;
    return `${undone}${this.#keypad ? "\u001b>" : ""}\u001b[0m`;
  }
}
