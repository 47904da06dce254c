// The lines of a view, one after the other, each with where it lies. Holds one line at a time, and of a very long one only a piece.

import { unfinishedBytes } from "./clean.ts";
import type { View } from "./index.ts";
import type { Gap, Kept, Piece } from "./kept.ts";

export interface Line {
  startBytes: number;
  /** Where the next one begins. */
  nextBytes: number;
  /** What it consists of, without its newline; of one stream alone they may lie apart. */
  pieces: Piece[];
  /** False for the last line while its newline has not come, and before a gap or where a very long line is parted. */
  ended: boolean;
  /** Output that was dropped before the line. */
  gap?: Gap;
}

/** Of a longer line only so much is searched: by grep, and by who waits for words. */
export const SEARCHED_CHARS = 64 * 1024;
/** A longer line comes in pieces, parted between characters and escape sequences. */
const LONGEST_LINE_BYTES = 256 * 1024;
const NEWLINE = 10;

export function bytesOf({ pieces }: Line): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only ? only.bytes : Buffer.concat(pieces.map(({ bytes }) => bytes));
}

/** The line's first `length` bytes, and where the rest of it begins. */
export function firstBytes(line: Line, length: number): Line {
  const pieces: Piece[] = [];
  let left = length;
  for (const piece of line.pieces) {
    if (left <= piece.bytes.length) {
      pieces.push({ ...piece, bytes: piece.bytes.subarray(0, left) });
      return { ...line, pieces, nextBytes: piece.startBytes + left, ended: false };
    }
    pieces.push(piece);
    left -= piece.bytes.length;
  }
  return line;
}

/** Every line of the view between two positions, in order. */
export function* linesIn(kept: Kept, view: View, fromBytes: number, toBytes: number): Generator<Line> {
  const gaps = kept.gaps.filter((gap) => gap.endBytes > fromBytes && gap.startBytes < toBytes);
  let pieces: Piece[] = [];
  let heldBytes = 0;
  let startBytes = kept.nextKept(fromBytes);
  let gap: Gap | undefined;
  const hold = (piece: Piece) => {
    pieces.push(piece);
    heldBytes += piece.bytes.length;
  };
  const take = (nextBytes: number, ended: boolean): Line => {
    const line: Line = { startBytes, nextBytes, pieces, ended, ...(gap && { gap }) };
    [pieces, heldBytes, startBytes, gap] = [[], 0, nextBytes, undefined];
    return line;
  };
  let reached = startBytes;
  for (const piece of kept.pieces(view, fromBytes, toBytes)) {
    while (gaps[0] && gaps[0].endBytes <= piece.startBytes) {
      if (heldBytes > 0) yield take(gaps[0].startBytes, false);
      gap = gaps.shift();
      startBytes = piece.startBytes;
    }
    const { bytes } = piece;
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      hold({ startBytes: piece.startBytes + from, bytes: bytes.subarray(from, at) });
      yield take(piece.startBytes + at + 1, true);
      from = at + 1;
    }
    reached = piece.startBytes + bytes.length;
    if (from === bytes.length) continue;
    hold({ startBytes: piece.startBytes + from, bytes: bytes.subarray(from) });
    if (heldBytes < LONGEST_LINE_BYTES) continue;
    const whole = take(reached, false);
    const all = bytesOf(whole);
    const cut = firstBytes(whole, all.length - unfinishedBytes(all));
    yield cut;
    startBytes = cut.nextBytes;
    if (cut.nextBytes < reached) hold({ startBytes, bytes: all.subarray(all.length - (reached - cut.nextBytes)) });
  }
  if (heldBytes > 0) yield take(reached, false);
}
