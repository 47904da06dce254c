// Reads a task's output as it is. Cost grows with what is returned, never with the size of the log.

import { lstatSync } from "node:fs";
import { type Home, indexPath, logPath } from "../home.ts";
import type { TaskId } from "../task.ts";
import { linesOf, type View } from "./index.ts";
import { withKept } from "./kept.ts";

export interface OutputState {
  /** Dropped ones count. */
  bytes: number;
  lines: number;
  /** `undefined` while nothing was printed. */
  lastAtMs?: number;
}

/** How much was printed so far. Zero when there is no log. */
export function outputState(home: Home, id: TaskId): OutputState {
  if (isSilent(home, id)) return { bytes: 0, lines: 0 };
  return withKept(home, id, (kept) => {
    const record = kept.last();
    if (record.endBytes === 0) return { bytes: 0, lines: 0 };
    return { bytes: record.endBytes, lines: linesOf(record), lastAtMs: record.atMs };
  });
}

/** True when nothing was ever printed: of many tasks that run that holds for most, and they are looked at together. */
function isSilent(home: Home, id: TaskId): boolean {
  const size = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.size;
  return size(logPath(home, id)) === 0 && size(indexPath(home, id)) === undefined; // a log that was cut to nothing has an index
}

/** Where the last `lines` lines begin. */
export function tailStart(home: Home, id: TaskId, lines: number, view: View = "all"): number {
  return withKept(home, id, (kept) => kept.lineStart(view, lines === 0 ? Infinity : kept.lines(view) - lines));
}

export interface RawRead {
  bytes: Uint8Array;
  /** Where they begin: later than asked for when output was dropped there. */
  startBytes: number;
  /** Where to go on. */
  nextBytes: number;
}

/**
 * At most `maxBytes` of a view from a position on; a read ends where output was dropped, and the next one begins behind that.
 * At the end nothing is read and `nextBytes` is the position itself.
 */
export function readFrom(home: Home, id: TaskId, fromBytes: number, maxBytes: number, view: View = "all"): RawRead {
  return withKept(home, id, (kept) => {
    const startBytes = kept.nextKept(fromBytes);
    const gap = kept.gaps.find((one) => one.startBytes > startBytes);
    const end = Math.min(kept.endBytes(view), gap?.startBytes ?? Infinity);
    const parts: Uint8Array[] = [];
    let length = 0;
    let nextBytes = startBytes;
    for (const piece of kept.pieces(view, startBytes, end)) {
      const bytes = piece.bytes.subarray(0, maxBytes - length);
      parts.push(bytes);
      length += bytes.length;
      nextBytes = piece.startBytes + bytes.length;
      if (length >= maxBytes) break;
    }
    if (length < maxBytes) nextBytes = Math.max(nextBytes, end);
    return { bytes: Buffer.concat(parts), startBytes, nextBytes };
  });
}
