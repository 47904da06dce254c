// The same parts of an output byte for byte: as text where that is UTF-8, else as base64.

import { splitCharacterBytes } from "./clean.ts";
import { about, type Excerpt, tailStart, within } from "./excerpt.ts";
import type { View } from "./index.ts";
import type { Kept } from "./kept.ts";
import { bytesOf, firstBytes, type Line } from "./lines.ts";

/** The last lines byte for byte, of those at most the last `maxChars`, and none from before a gap. */
export function rawTail(kept: Kept, view: View, lines: number, maxChars: number): Excerpt {
  const end = kept.endBytes(view);
  const afterGap = kept.gaps.at(-1)?.endBytes ?? 0;
  const from = Math.max(tailStart(kept, view, lines), afterGap);
  const read = (chars: number) => {
    const start = kept.lastBytesStart(view, from, end, chars);
    return { start, bytes: Buffer.concat([...kept.pieces(view, start, end)].map(({ bytes }) => bytes)) };
  };
  const most = Math.max(LEAST_RAW_BYTES, maxChars);
  let { start, bytes } = read(most);
  const split = start > from ? bytes.subarray(0, 3).findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
  let text = utf8(bytes.subarray(Math.max(0, split)));
  let base64 = false;
  if (text === undefined) {
    ({ start, bytes } = read(base64Bytes(most)));
    [text, base64] = [bytes.toString("base64"), true];
  }
  const omittedLines = kept.newlinesBefore(view, start);
  return { ...about(kept, view), text, ...(base64 && { base64 }), nextCursor: end, omittedLines, remainingBytes: 0 };
}

/** What follows a cursor byte for byte, up to a gap; the next one begins behind it. */
export function rawSince(kept: Kept, view: View, cursor: number, maxChars: number): Excerpt {
  const start = kept.nextKept(within(kept, cursor));
  const gap = kept.gaps.find((one) => one.startBytes > start);
  const end = Math.min(kept.endBytes(view), gap?.startBytes ?? Infinity);
  const read = (most: number) => {
    const line: Line = { startBytes: start, nextBytes: Math.max(start, end), pieces: [], ended: false };
    let length = 0;
    for (const piece of kept.pieces(view, start, end)) {
      line.pieces.push(piece);
      length += piece.bytes.length;
      if (length > most) break;
    }
    return length > most ? firstBytes(line, most) : line;
  };
  const most = Math.max(LEAST_RAW_BYTES, maxChars);
  let line = read(most);
  let bytes = bytesOf(line);
  const split = splitCharacterBytes(bytes);
  let text = utf8(bytes.subarray(0, bytes.length - split));
  // Half of a character at the end of the output is left for the next read; when nothing else is there, it is all there is.
  if (text !== undefined && split > 0 && split < bytes.length) line = firstBytes(line, bytes.length - split);
  let base64 = false;
  if (text === undefined || (text === "" && bytes.length > 0)) {
    line = read(base64Bytes(most));
    bytes = bytesOf(line);
    [text, base64] = [Buffer.from(bytes).toString("base64"), true];
  }
  const nextCursor = kept.nextKept(line.nextBytes);
  const remainingBytes = Math.max(0, kept.endBytes(view) - nextCursor);
  return { ...about(kept, view), text, ...(base64 && { base64 }), nextCursor, omittedLines: 0, remainingBytes };
}

/** One character, or one group of base64. */
const LEAST_RAW_BYTES = 4;
const base64Bytes = (chars: number) => Math.floor(chars / 4) * 3;

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
