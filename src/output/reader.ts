// Reads a task's output from its log. Cost grows with what is returned, never with the size of the log.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type Home, indexPath, logPath } from "../home.ts";
import type { TaskId } from "../task.ts";
import { decodeRecord, linesOf, RECORD_BYTES } from "./index.ts";

export interface OutputState {
  bytes: number;
  lines: number;
  /** `undefined` while nothing was printed. */
  lastAtMs?: number;
}

/** How much was printed so far. Zero when there is no log. */
export function outputState(home: Home, id: TaskId): OutputState {
  return withFile(indexPath(home, id), { bytes: 0, lines: 0 }, (fd, size) => {
    const records = Math.floor(size / RECORD_BYTES);
    if (records === 0) return { bytes: 0, lines: 0 };
    const record = decodeRecord(readAt(fd, (records - 1) * RECORD_BYTES, RECORD_BYTES));
    return { bytes: record.endBytes, lines: linesOf(record), lastAtMs: record.atMs };
  });
}

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 10;

/**
 * The last `lines` whole lines, at most `maxBytes` of them: read from the end backwards. When not even one line fits, its end.
 * `startBytes` says where in the output they begin.
 */
export function readTail(
  home: Home,
  id: TaskId,
  lines: number,
  maxBytes: number,
): { bytes: Uint8Array; startBytes: number } {
  return withFile(logPath(home, id), { bytes: new Uint8Array(), startBytes: 0 }, (fd, size) => {
    const floor = Math.max(0, size - maxBytes);
    if (lines === 0) return { bytes: new Uint8Array(), startBytes: size };
    const blocks: Uint8Array[] = [];
    let start = size;
    // The newline that ends the last line starts no line of its own, so one more is wanted.
    let wanted = lines + (size > 0 && readAt(fd, size - 1, 1)[0] === NEWLINE ? 1 : 0);
    let cut: number | undefined;
    while (start > floor && cut === undefined) {
      const from = Math.max(floor, start - BLOCK_BYTES);
      const block = readAt(fd, from, start - from);
      for (let at = block.lastIndexOf(NEWLINE); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)) {
        wanted -= 1;
        if (wanted > 0) continue;
        cut = from + at + 1;
        break;
      }
      blocks.unshift(block);
      start = from;
    }
    const bytes = Buffer.concat(blocks);
    if (cut === undefined && start > 0) {
      // The bound came first: begin with the first whole line, if there is any.
      const newline = bytes.indexOf(NEWLINE);
      cut = newline >= 0 && newline < bytes.length - 1 ? start + newline + 1 : start;
    }
    const startBytes = cut ?? start;
    return { bytes: bytes.subarray(startBytes - start), startBytes };
  });
}

/** At most `maxBytes` from a position on. Empty at the end, and when there is no log. */
export function readFrom(home: Home, id: TaskId, startBytes: number, maxBytes: number): Uint8Array {
  return withFile(logPath(home, id), new Uint8Array(), (fd, size) =>
    readAt(fd, startBytes, Math.max(0, Math.min(maxBytes, size - startBytes))),
  );
}

function withFile<T>(path: string, missing: T, body: (fd: number, size: number) => T): T {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return missing;
    throw error;
  }
  try {
    return body(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const count = readSync(fd, bytes, got, length - got, position + got);
    if (count === 0) break;
    got += count;
  }
  return bytes.subarray(0, got);
}
