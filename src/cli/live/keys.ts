// Keys as a terminal sends them, by name. Pure.

/** Sequences of xterm and of the Linux console; the end of a sequence is what a key is known by. */
const SEQUENCES: Record<string, string> = {
  "[A": "up",
  OA: "up",
  "[B": "down",
  OB: "down",
  "[5~": "pageup",
  "[6~": "pagedown",
  "[H": "home",
  OH: "home",
  "[1~": "home",
  "[F": "end",
  OF: "end",
  "[4~": "end",
};

const CONTROLS: Record<string, string> = {
  "\u0003": "ctrl-c",
  "\u000c": "ctrl-l",
  "\r": "enter",
  "\n": "enter",
  "\u007f": "backspace",
  "\b": "backspace",
  "\u001b": "escape",
};

/** What was typed in one piece: names of keys, and characters as they are. Unknown sequences are nothing. */
export function keysOf(typed: string): string[] {
  // oxlint-disable-next-line no-control-regex
  const pieces = typed.match(/\u001b(?:\[[0-?]*[ -/]*[@-~]|O.)|[^]/gu) ?? [];
  return pieces.flatMap((piece) => {
    if (piece.length > 1 && piece.startsWith("\u001b")) return SEQUENCES[piece.slice(1)] ?? [];
    return CONTROLS[piece] ?? piece;
  });
}
