// Makes output fit for reading: what a terminal would show at last of each line, in few words where it repeats itself. Pure.

import { endOf, headOf } from "../cut.ts";

/** Anything that makes a line differ from what is read of it: C0 but tab, DEL, C1. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** A sequence that began and is not complete: the rest comes later, if ever. ECMA-48 and, for strings, xterm. */
// oxlint-disable-next-line no-control-regex
const UNFINISHED = /(?:\u001b(?:[[(#%][0-?]*[ -/]*|[\]PX^_][^\u0007\u001b]*\u001b?|[ -/]*)|\r+)$/;
const LONGEST_SEQUENCE = 4096;

/** True when the text is read as it stands. */
export function isPlain(text: string): boolean {
  return !CONTROL.test(text);
}

/**
 * One line, without its newline, as it is read: no escape sequences, of what was overwritten or erased only the last state,
 * backspaces carried out, no control characters but tabs.
 */
export function cleanLine(line: string): string {
  if (isPlain(line)) return line;
  const text = lastState(Bun.stripANSI(line.replace(MARKS, "").replace(MOVES, (move) => markOf(move))));
  return (text.includes("\b") ? withoutErased(text) : text).replace(CONTROLS, "");
}

/** To the first column, to erase the rest of the line, to erase all of it: spinners and progress bars use these beside "\r". */
// oxlint-disable-next-line no-control-regex
const MOVES = /\u001b\[(?:[01]?G|[02]?K)/g;
const ERASED_REST = "\u0000";
const ERASED_ALL = "\u0001";
// oxlint-disable-next-line no-control-regex
const MARKS = /[\u0000\u0001]/g;

function markOf(move: string): string {
  if (move.endsWith("G")) return "\r";
  return move.endsWith("2K") ? ERASED_ALL : ERASED_REST;
}

/** The last of the states that carriage returns part, among those that show anything or were erased. */
function lastState(text: string): string {
  let state = "";
  for (const part of text.split("\r")) {
    const written = part.slice(part.lastIndexOf(ERASED_ALL) + 1);
    if (written !== part || part.startsWith(ERASED_REST)) state = "";
    if (written.trim() !== "") state = written;
  }
  return state;
}

/** A backspace takes the character before it; so "_\bx" of an underlined manual page is "x". */
function withoutErased(text: string): string {
  const kept: string[] = [];
  for (const character of text) {
    if (character === "\b") kept.pop();
    else kept.push(character);
  }
  return kept.join("");
}

/** How many bytes at the end can't be read before more has come: the beginning of a character or of a sequence, a carriage return. */
export function unfinishedBytes(bytes: Uint8Array): number {
  const split = splitCharacterBytes(bytes);
  const end = bytes.subarray(Math.max(0, bytes.length - split - LONGEST_SEQUENCE), bytes.length - split);
  // The grammar of sequences is ASCII: each byte may stand for one character.
  const sequence = split > 0 ? undefined : UNFINISHED.exec(Buffer.from(end).toString("latin1"));
  return split + (sequence?.[0].length ?? 0);
}

/** Bytes at the end that begin a character and don't complete it (RFC 3629). */
export function splitCharacterBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf5 || byte < 0xc2 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

/** A line of at most about `most` characters: its head and its end, and between them how much was left out. */
export function shortenLine(line: string, most: number): string {
  if (line.length <= most) return line;
  const note = (count: number) => ` [… ${grouped(count)} characters of this line left out …] `;
  const room = Math.max(0, most - note(line.length).length);
  const head = headOf(line, Math.ceil((room * 2) / 3));
  const end = endOf(line, Math.floor(room / 3));
  return `${head}${note(line.length - head.length - end.length)}${end}`;
}

/** 1234567 → "1,234,567". */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** 57344 → "56 KB"; K is 1024. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1023.5 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}

export const counted = (count: number, word: string) => `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
