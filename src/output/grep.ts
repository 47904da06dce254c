// Searches a task's output line by line, as it is read: cleaned. Streams over all that is kept; holds a block and the last matches.

import { cleanLine, grouped, isPlain, shortenLine } from "./clean.ts";
import type { View } from "./index.ts";
import { about, type Excerpt, within } from "./excerpt.ts";
import type { Kept } from "./kept.ts";
import { bytesOf, firstBytes, type Line, linesIn } from "./lines.ts";
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
}

/** A longer line is shortened when it is shown, and searched only so far. */
const LONGEST_LINE = 2_000;
const SEARCHED_CHARS = 64 * 1024;
/** Blocks of lines that are searched at once. */
const BLOCK_BYTES = 512 * 1024;
const NEWLINE = 10;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Match {
  /** Its own line and those around it, numbered from 1. */
  lines: { number: number; text: string; matches: boolean }[];
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
  { contextLines, most, maxChars, since, more }: Search,
): Excerpt {
  const end = kept.endBytes(view);
  const from = kept.nextKept(within(kept, since ?? 0));
  const found: Match[] = [];
  let matches = 0;
  let nextCursor = Math.max(from, end);
  let before: Match["lines"] = [];
  let open: Match[] = []; // still wait for lines behind them
  for (const line of numbered(kept, view, from, end, needsEveryLine(trial.pattern, contextLines) ? undefined : trial)) {
    const text = cleanLine(decoder.decode(line.bytes));
    const matching = trial.matches(text.slice(0, SEARCHED_CHARS));
    if (matching && since !== undefined && matches === most) {
      nextCursor = line.startBytes;
      break;
    }
    const shown = { number: line.number, text: shortenLine(text, LONGEST_LINE), matches: matching };
    for (const match of open) match.lines.push(shown);
    open = open.filter((match) => shown.number - (match.lines.find((one) => one.matches)?.number ?? 0) < contextLines);
    if (matching) {
      matches += 1;
      const match: Match = { lines: [...before, shown], nextBytes: line.nextBytes };
      found.push(match);
      if (found.length > most) found.shift();
      if (contextLines > 0) open.push(match);
    }
    if (contextLines > 0) before = [...before, { ...shown, matches: false }].slice(-contextLines);
  }
  const kind = since === undefined ? found.toReversed() : found;
  const { text, kept: count } = write(kind, maxChars, since === undefined);
  if (since !== undefined && count < found.length) nextCursor = found[count - 1]?.nextBytes ?? nextCursor;
  const remainingBytes = Math.max(0, end - nextCursor);
  const left = matches - count;
  const note =
    left > 0 && since === undefined
      ? `[… ${grouped(left)} earlier ${left === 1 ? "match" : "matches"} left out; give a narrower grep or ${more ?? "a larger tail_lines"} …]\n`
      : "";
  return { ...about(kept, view), text: note + text, nextCursor, omittedLines: 0, remainingBytes, matches };
}

/** As many of the matches as have room, in order; the first has it always. */
function write(found: Match[], maxChars: number, newestFirst: boolean): { text: string; kept: number } {
  let chars = 0;
  let count = 0;
  for (const match of found) {
    chars += match.lines.reduce((sum, line) => sum + line.text.length + String(line.number).length + 2, 3);
    if (count > 0 && chars > maxChars) break;
    count += 1;
  }
  const ordered = newestFirst ? found.slice(0, count).toReversed() : found.slice(0, count);
  const lines = new Map<number, { text: string; matches: boolean }>();
  for (const match of ordered) {
    for (const { number, text, matches } of match.lines)
      lines.set(number, { text, matches: matches || lines.get(number)?.matches === true });
  }
  const inGroups = ordered.some((match) => match.lines.length > 1);
  let text = "";
  let last: number | undefined;
  for (const [number, line] of [...lines].toSorted(([a], [b]) => a - b)) {
    if (inGroups && last !== undefined && number > last + 1) text += "--\n";
    text += `${number}${line.matches ? ":" : "-"}${line.text}\n`;
    last = number;
  }
  return { text, kept: count };
}

interface Numbered {
  number: number;
  startBytes: number;
  nextBytes: number;
  bytes: Uint8Array;
}

/**
 * The lines with their numbers. With a trial only those of blocks in which it matches somewhere: most blocks of a large log are
 * passed over at the speed of one search each.
 */
function* numbered(kept: Kept, view: View, from: number, end: number, trial: Trial | undefined): Generator<Numbered> {
  for (let at = from; at < end;) {
    let to = end;
    if (trial) {
      const block = readBlock(kept, view, at, end);
      to = block.nextBytes;
      const text = decoder.decode(bytesOf(block));
      if (isPlain(text) && !trial.mayMatch(text)) {
        at = kept.nextKept(to);
        continue;
      }
    }
    let number = kept.newlinesBefore(view, at) + 1;
    for (const line of linesIn(kept, view, at, to)) {
      if (line.gap) number = kept.newlinesBefore(view, line.startBytes) + 1;
      yield { number, startBytes: line.startBytes, nextBytes: line.nextBytes, bytes: bytesOf(line) };
      if (line.ended) number += 1;
    }
    at = kept.nextKept(to);
  }
}

/** Whole lines from a position on, a block of them; less before a gap. A line that is longer than a block comes whole. */
function readBlock(kept: Kept, view: View, from: number, end: number): Line {
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
    if (length >= BLOCK_BYTES && wholeLines > 0) return firstBytes(block, wholeLines);
  }
  return block;
}

/** What could match across lines, or not match because of what another line holds, is tried on each line alone; so is all that shows neighbours. */
function needsEveryLine(pattern: RegExp, contextLines: number): boolean {
  return contextLines > 0 || /\[\^|\(\?[^:]|\\[^.\-+*?()|[\]{}/dwbB$^"]/.test(pattern.source);
}
