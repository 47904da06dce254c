// Searches a task's output line by line, as it is read: cleaned. Streams over all that is kept; holds a block and the last matches.

import { cleanLine, grouped, isPlain, shortenLine } from "./clean.ts";
import type { View } from "./index.ts";
import { about, type Excerpt, tailStart, within } from "./excerpt.ts";
import type { Kept } from "./kept.ts";
import { bytesOf, firstBytes, type Line, linesIn, SEARCHED_CHARS } from "./lines.ts";
import { firstThat } from "./part.ts";
import type { Trial } from "./trial.ts";

export interface Search {
  contextLines: number;
  /** Of all matching lines the last so many are shown; after a cursor the first. */
  most: number;
  maxChars: number;
  /** Begins at this cursor. */
  since?: number | undefined;
  /** What its caller gets more of them with; default: as task_result. */
  more?: string | undefined;
  /** Nothing more will come: the last line is whole. */
  complete: boolean;
}

/** A longer line is shortened when it is shown. */
const LONGEST_LINE = 2_000;
/** Of so many more lines that are held it is time to let those go that are not shown any more. */
const SOME_HELD = 1_000;
/** Blocks of lines that are searched at once. */
const BLOCK_BYTES = 512 * 1024;
const NEWLINE = 10;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Shown {
  /** From 1. */
  number: number;
  text: string;
  matches: boolean;
}

interface Match {
  number: number;
  nextBytes: number;
}

/**
 * The matching lines with their numbers, as `grep -n` writes them: `12:` a match, `11-` a line beside one, `--` between groups.
 * Throws TooSlow.
 */
export function grep(
  kept: Kept,
  view: View,
  trial: Trial,
  { contextLines, most, maxChars, since, more, complete }: Search,
): Excerpt {
  const end = kept.endBytes(view);
  const from = kept.nextKept(within(kept, since ?? 0));
  const found: Match[] = [];
  let matches = 0;
  let nextCursor = Math.max(from, end);
  let held: Shown[] = []; // matches and those beside them
  let mostHeld = SOME_HELD;
  let before: Shown[] = []; // the last that are beside none yet
  for (const line of numbered(kept, view, from, end, needsEveryLine(trial.pattern, contextLines) ? undefined : trial)) {
    const last = found.at(-1);
    if (line.continues) {
      if (last?.number === line.number) last.nextBytes = line.nextBytes;
      continue;
    }
    const text = cleanLine(decoder.decode(line.bytes));
    const matching = trial.matches(text.slice(0, SEARCHED_CHARS));
    if (matching && since !== undefined && matches === most) {
      nextCursor = line.startBytes;
      break;
    }
    const { number, nextBytes } = line;
    const shown: Shown = { number, text: shortenLine(text, LONGEST_LINE), matches: matching };
    if (matching) {
      matches += 1;
      held.push(...before.filter((one) => one.number >= number - contextLines), shown);
      before = [];
      found.push({ number, nextBytes });
      if (found.length > most) found.shift();
      if (held.length > mostHeld) {
        held = besides(held, found, contextLines);
        mostHeld = held.length * 2 + SOME_HELD;
      }
    } else if (last && number - last.number <= contextLines) held.push(shown);
    else if (contextLines > 0 && before.push(shown) > contextLines) before.shift();
  }
  const { text, count } = written(
    besides(held, found, contextLines),
    found,
    contextLines,
    maxChars,
    since === undefined,
  );
  if (since !== undefined && count < found.length) nextCursor = found[count - 1]?.nextBytes ?? nextCursor;
  if (!complete && nextCursor === end && found.at(-1)?.nextBytes !== end)
    nextCursor = Math.max(from, unendedStart(kept, view, end));
  const remainingBytes = Math.max(0, end - nextCursor);
  const left = matches - count;
  const note =
    left > 0 && since === undefined
      ? `[… ${grouped(left)} earlier ${left === 1 ? "match" : "matches"} left out; give a narrower grep or ${more ?? "a larger tail_lines"} …]\n`
      : "";
  return { ...about(kept, view), text: note + text, nextCursor, omittedLines: 0, remainingBytes, matches };
}

/** Where the last line begins while it is not whole and may become a match; else the end. */
function unendedStart(kept: Kept, view: View, end: number): number {
  const isEnded = kept.lines(view) === kept.newlinesBefore(view, end);
  const start = isEnded ? end : tailStart(kept, view, 1);
  return end - start < SEARCHED_CHARS ? start : end;
}

/** Those of the lines that are shown with one of the matches. */
function besides(lines: Shown[], found: Match[], contextLines: number): Shown[] {
  const first = found[0];
  return first ? lines.slice(placeOf(lines, first.number - contextLines)) : [];
}

/** Where the first line of that number or a higher one is. */
function placeOf(lines: Shown[], number: number): number {
  return firstThat(lines.length, (at) => (lines[at]?.number ?? 0) >= number);
}

/** As many of the matches as have room, in order, and how many that are; the first has it always. */
function written(lines: Shown[], found: Match[], contextLines: number, maxChars: number, newestFirst: boolean) {
  const shown = new Set<Shown>();
  let chars = 0;
  let count = 0;
  for (const { number } of newestFirst ? found.toReversed() : found) {
    const more = [];
    for (let at = placeOf(lines, number - contextLines); at < lines.length; at += 1) {
      const line = lines[at];
      if (!line || line.number > number + contextLines) break;
      if (!shown.has(line)) more.push(line);
    }
    chars += more.reduce((sum, line) => sum + line.text.length + String(line.number).length + 2, 3);
    if (count > 0 && chars > maxChars) break;
    count += 1;
    for (const line of more) shown.add(line);
  }
  let text = "";
  let last: number | undefined;
  for (const line of lines) {
    if (!shown.has(line)) continue;
    const { number } = line;
    if (contextLines > 0 && last !== undefined && number > last + 1) text += "--\n";
    text += `${number}${line.matches ? ":" : "-"}${line.text}\n`;
    last = number;
  }
  return { text, count };
}

interface Numbered {
  number: number;
  startBytes: number;
  nextBytes: number;
  ended: boolean;
  bytes: Uint8Array;
  /** A further piece of the line before: only the first is searched. */
  continues: boolean;
}

/**
 * The lines with their numbers. With a trial only those of blocks in which it matches somewhere: most blocks of a large log are
 * passed over at the speed of one search each.
 */
function* numbered(kept: Kept, view: View, from: number, end: number, trial: Trial | undefined): Generator<Numbered> {
  let unended: number | undefined; // where the line goes on that has not ended
  for (let at = from; at < end;) {
    const block = trial && readBlock(kept, view, at, end);
    let to = block ? block.nextBytes : end;
    if (trial && block) {
      const text = decoder.decode(bytesOf(block));
      if (isPlain(text) && !trial.mayMatch(text)) {
        at = kept.nextKept(to);
        continue;
      }
    }
    let number = kept.newlinesBefore(view, at) + 1;
    for (const line of linesIn(kept, view, at, to)) {
      if (line.gap) number = kept.newlinesBefore(view, line.startBytes) + 1;
      const { startBytes, nextBytes, ended } = line;
      yield { number, startBytes, nextBytes, ended, bytes: bytesOf(line), continues: unended === startBytes };
      unended = ended ? undefined : nextBytes;
      if (!ended) continue;
      number += 1;
      if (!trial || block) continue;
      to = nextBytes; // the long line is over
      break;
    }
    at = kept.nextKept(to);
  }
}

/** Whole lines from a position on, a block of them; less before a gap. `undefined` where a line begins that is longer than a block. */
function readBlock(kept: Kept, view: View, from: number, end: number): Line | undefined {
  const gap = kept.gaps.find((one) => one.startBytes > from);
  const to = Math.min(end, gap?.startBytes ?? Infinity);
  const block: Line = { startBytes: from, nextBytes: to, pieces: [], ended: false };
  let length = 0;
  let wholeLines = 0;
  for (const piece of kept.pieces(view, from, to)) {
    block.pieces.push(piece);
    const newline = piece.bytes.lastIndexOf(NEWLINE);
    if (newline >= 0) wholeLines = length + newline + 1;
    length += piece.bytes.length;
    if (length >= BLOCK_BYTES) return wholeLines > 0 ? firstBytes(block, wholeLines) : undefined;
  }
  return block;
}

/** What could match across lines, or not match because of what another line holds, is tried on each line alone; so is all that shows neighbours. */
function needsEveryLine(pattern: RegExp, contextLines: number): boolean {
  return contextLines > 0 || /\[\^|\(\?[^:]|\\[^.\-+*?()|[\]{}/dwbB$^"]/.test(pattern.source);
}
