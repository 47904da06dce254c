// What is shown of an output to whoever asked for a part of it: the end, or what follows a cursor; for reading (byte for byte: raw.ts).

import { cleanLine, counted, shortenLine, size, unfinishedBytes } from "./clean.ts";
import type { View } from "./index.ts";
import type { Gap, Kept } from "./kept.ts";
import { bytesOf, firstBytes, type Line, linesIn } from "./lines.ts";

export interface Excerpt {
  text: string;
  /** The text is base64 of the bytes: they are no UTF-8. Only of raw excerpts. */
  base64?: true;
  /** Where to go on reading, in bytes of the merged output. */
  nextCursor: number;
  /** Lines that the view has in all, dropped ones too. */
  totalLines: number;
  /** Lines that are not in the text: those before it, and those left out in its middle. */
  omittedLines: number;
  /** Bytes that follow and were not read. */
  remainingBytes: number;
  /** Bytes of the whole output that are not kept any more. */
  droppedBytes: number;
  /** Of a search: how many lines match. */
  matches?: number;
}

export interface Newest {
  text: string;
  /** Bytes before the text that are left out. */
  omittedBytes: number;
}

/** A longer line is shortened in the middle. */
const LONGEST_LINE = 2_000;
/** As many equal lines in a row stand as they are; of more only one is shown. */
const EQUAL_LINES = 3;
/** What is read at once at most, beside what the text needs: a progress bar is many bytes and one line. */
const READ_BYTES = 1024 * 1024;
/** The same of a read at a cursor, which goes on with the next. */
const PAGE_BYTES = 128 * 1024;
/** Kept free for the line that says what was left out. */
const NOTE_CHARS = 120;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One or more lines of the text, and where they come from. */
interface Entry {
  text: string;
  startBytes: number;
  nextBytes: number;
}

/**
 * The last lines, cleaned. When they are longer than `maxChars` their head and their end, and a line of what was left out.
 * `complete`: nothing more will come. `howToSeeRest` is a clause for that line; default: with task_result.
 */
export function tail(
  kept: Kept,
  view: View,
  lines: number,
  maxChars: number,
  complete: boolean,
  howToSeeRest?: string,
): Excerpt {
  const end = complete ? kept.endBytes(view) : understoodEnd(kept, view);
  const start = Math.min(tailStart(kept, view, lines), end);
  const budget = READ_BYTES + maxChars * 4;
  let [head, rest]: [Entry[], Entry[]] = [[], []];
  if (kept.lastBytesStart(view, start, end, budget) <= start) rest = entriesOf(linesIn(kept, view, start, end));
  else {
    head = entriesOf(linesIn(kept, view, start, kept.nextKept(start) + budget / 4));
    head.pop(); // it may be a piece of a line
    rest = entriesOf(linesIn(kept, view, kept.lastBytesStart(view, start, end, budget / 2), end));
    if (rest.length > 1) rest.shift();
  }
  const { text, leftOut } = cutInTheMiddle(kept, view, head, rest, maxChars, howToSeeRest);
  const omittedLines = kept.newlinesBefore(view, start) + leftOut;
  return { ...about(kept, view), text, nextCursor: end, omittedLines, remainingBytes: 0 };
}

/** The newest lines of what follows a position, cleaned, as many as have room; and how many bytes lie before them. */
export function newestSince(kept: Kept, fromBytes: number, maxChars: number, complete: boolean): Newest {
  const end = complete ? kept.endBytes() : understoodEnd(kept, "all");
  const start = kept.lastBytesStart("all", fromBytes, end, READ_BYTES + maxChars * 4);
  const entries = entriesOf(linesIn(kept, "all", start, end));
  if (start > fromBytes && entries.length > 1) entries.shift(); // it may be a piece of a line
  const newest = fit(entries.toReversed(), maxChars).toReversed();
  return { text: join(newest), omittedBytes: Math.max(0, (newest[0]?.startBytes ?? end) - fromBytes) };
}

/** Where that begins which can't be understood before more has come. */
function understoodEnd(kept: Kept, view: View): number {
  const LONGEST = 4096;
  const end = kept.endBytes(view);
  const pieces = [...kept.pieces(view, kept.lastBytesStart(view, 0, end, LONGEST), end)];
  const left = unfinishedBytes(Buffer.concat(pieces.map(({ bytes }) => bytes)));
  return left === 0 ? end : kept.lastBytesStart(view, 0, end, left);
}

/**
 * What follows a cursor, cleaned; cut only at its end and between lines, so that nothing is lost to who goes on at `nextCursor`.
 * `complete`: nothing more will come.
 */
export function since(kept: Kept, view: View, cursor: number, maxChars: number, complete: boolean): Excerpt {
  const from = within(kept, cursor);
  const end = kept.endBytes(view);
  const folding = new Folding();
  let nextCursor = Math.max(from, end);
  let readBytes = 0;
  const lines = linesIn(kept, view, from, end);
  let next: IteratorResult<Line, void> | undefined;
  for (let step = lines.next(); !step.done; step = next ?? lines.next()) {
    const one = step.value;
    next = one.ended ? undefined : lines.next();
    if (readBytes > PAGE_BYTES + maxChars * 4) {
      nextCursor = one.startBytes;
      break;
    }
    const line = one.ended || complete || next?.done === false ? one : understood(one);
    let text = shown(line);
    if (folding.chars + text.length > maxChars) {
      nextCursor = line.startBytes;
      if (folding.chars === 0) {
        const part = firstBytes(line, fitting(bytesOf(line), maxChars));
        text = shown(part);
        folding.push(text, part);
        nextCursor = part.nextBytes;
      }
      break;
    }
    if (line !== one) nextCursor = line.nextBytes;
    if (text !== "") folding.push(text, line);
    readBytes += line.nextBytes - line.startBytes;
  }
  const remainingBytes = Math.max(0, end - nextCursor);
  return { ...about(kept, view), text: folding.text(), nextCursor, omittedLines: 0, remainingBytes };
}

/** One beyond the end, as a mistyped one or another task's may be, is the end: or what comes there would never be read. */
export function within(kept: Kept, cursor: number): number {
  return Math.min(cursor, kept.endBytes()); // of one stream it may lie behind what that has so far
}

/** The last line so far without what can't be understood before more has come. */
function understood(line: Line): Line {
  const bytes = bytesOf(line);
  const left = unfinishedBytes(bytes);
  return left === bytes.length
    ? { ...line, pieces: [], nextBytes: line.startBytes }
    : firstBytes(line, bytes.length - left);
}

export function about(kept: Kept, view: View) {
  return { totalLines: kept.lines(view), droppedBytes: kept.droppedBytes() };
}

export function tailStart(kept: Kept, view: View, lines: number): number {
  return kept.lineStart(view, lines === 0 ? Infinity : kept.lines(view) - lines);
}

/** The line as it is read, with its newline when that has come. */
function shown(line: Line): string {
  return shortenLine(cleanLine(decoder.decode(bytesOf(line))), LONGEST_LINE) + (line.ended ? "\n" : "");
}

/** How many of the bytes make at most so many characters, and end with a whole one and a whole sequence; never none. */
function fitting(bytes: Uint8Array, maxChars: number): number {
  for (let length = Math.min(bytes.length, Math.max(1, maxChars)); length < bytes.length; length += 1) {
    const part = bytes.subarray(0, length);
    const whole = length - unfinishedBytes(part);
    if (whole > 0) return whole;
  }
  return bytes.length;
}

function entriesOf(lines: Iterable<Line>): Entry[] {
  const folding = new Folding();
  for (const line of lines) folding.push(shown(line), line);
  return folding.entries;
}

/** Puts lines together; of many equal ones in a row one is kept, and a line that counts the others. */
class Folding {
  readonly entries: Entry[] = [];
  /** Length of the text so far. */
  chars = 0;
  #runStart = 0;
  #repeats = 0;

  push(text: string, line: Line): void {
    if (line.gap) this.#tell(line.gap);
    if (this.#repeats === 0 || this.entries[this.#runStart]?.text !== text) {
      this.#runStart = this.entries.length;
      this.#repeats = line.ended ? 1 : 0;
      return this.#add(text, line.startBytes, line.nextBytes);
    }
    this.#repeats += 1;
    if (this.#repeats <= EQUAL_LINES) return this.#add(text, line.startBytes, line.nextBytes);
    const equal = this.entries.splice(this.#runStart + 1);
    for (const one of equal) this.chars -= one.text.length;
    const note = `[… the same line ${counted(this.#repeats - 1, "more time")} …]\n`;
    this.#add(note, equal[0]?.startBytes ?? line.startBytes, line.nextBytes);
  }

  text(): string {
    return join(this.entries);
  }

  #tell({ startBytes, endBytes }: Gap): void {
    const last = this.entries.at(-1);
    if (last && !last.text.endsWith("\n")) last.text += "\n"; // its rest was dropped
    this.#repeats = 0;
    const note = `[… ${size(endBytes - startBytes)} dropped here: more than BACKBURNER_MAX_OUTPUT was printed …]\n`;
    this.#add(note, startBytes, endBytes);
  }

  #add(text: string, startBytes: number, nextBytes: number): void {
    this.entries.push({ text, startBytes, nextBytes });
    this.chars += text.length;
  }
}

/** The text, and how many lines are not in it. `rest` ends the output; between it and `head` there may be more. */
function cutInTheMiddle(
  kept: Kept,
  view: View,
  head: Entry[],
  rest: Entry[],
  maxChars: number,
  howToSeeRest?: string,
): { text: string; leftOut: number } {
  const all = rest.reduce((sum, entry) => sum + entry.text.length, 0);
  if (head.length === 0 && all <= maxChars) return { text: join(rest), leftOut: 0 };
  const room = Math.max(0, maxChars - NOTE_CHARS - (howToSeeRest?.length ?? 0));
  const first = fit(head.length > 0 ? head : rest, room / 3);
  const from = first.at(-1)?.nextBytes ?? (head[0] ?? rest[0])?.startBytes ?? 0;
  const left = room - first.reduce((sum, entry) => sum + entry.text.length, 0);
  let last = fit(rest.filter((entry) => entry.startBytes >= from).toReversed(), left).toReversed();
  const longest = rest.at(-1);
  // Not one whole line fits: a piece of it.
  if (last.length === 0 && longest && longest.startBytes >= from)
    last = [{ ...longest, text: shortenLine(longest.text, Math.max(left, maxChars - NOTE_CHARS * 2, 1)) }];
  const to = last[0]?.startBytes ?? kept.endBytes(view);
  if (to <= from) return { text: join([...first, ...last]), leftOut: 0 };
  const lines = kept.newlinesBefore(view, to) - kept.newlinesBefore(view, from);
  const dropped = kept.gaps.some((gap) => gap.startBytes >= from && gap.endBytes <= to);
  const them = dropped ? "what is kept of them" : lines === 0 ? "it" : "them";
  const shows = howToSeeRest ?? `task_result with since=${from} shows ${them}`;
  const what = lines === 0 ? `${size(to - from)} of a line` : `${counted(lines, "line")} (${size(to - from)})`;
  const note = `[… ${what} left out; ${shows} …]\n`;
  return { text: join(first) + note + join(last), leftOut: lines };
}

const join = (entries: Entry[]) => entries.map((entry) => entry.text).join("");

/** The first of the entries that have room together. */
function fit(entries: Entry[], room: number): Entry[] {
  let chars = 0;
  const end = entries.findIndex((entry) => (chars += entry.text.length) > room);
  return end < 0 ? entries : entries.slice(0, end);
}
