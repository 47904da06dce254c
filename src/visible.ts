// Text of others made fit to be shown: nothing in a command, a name or a message may move the cursor, recolour, reorder or hide. Pure.

/** Control characters (C0, DEL, C1), format characters (bidirectional overrides, zero widths, tags), separators of lines, halves of a pair. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{e0100}-\u{e01ef}]/gu;
const JOINS_EMOJI = "\u200d";

/** On one line, every such character as a picture of it (ESC is ␛, newline is ⏎) or, without one, as its code point. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === "\n") return "⏎";
    if (character === JOINS_EMOJI) return character;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "␡";
    return code > 0xffff ? `\\u{${code.toString(16)}}` : escaped(code);
  });
}

/** JSON with such characters escaped as JSON does it, so that it still means the same. Newlines between its lines stay. */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN, (character) =>
    character === "\n" || character === JOINS_EMOJI
      ? character
      : character.replaceAll(/[^]/g, (unit) => escaped(unit.charCodeAt(0))),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
