// One part of a task's output, opened for reading: its log and its index.

import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { isAbsent, openPlain, orClose } from "../files.ts";
import type { Home } from "../home.ts";
import type { TaskId } from "../task.ts";
import { decodeRecord, type IndexRecord, RECORD_BYTES } from "./index.ts";
import { partPaths } from "./parts.ts";

export interface Part {
  startBytes: number;
  endBytes: number;
  log: number;
  index: number | undefined;
  /** How many records it has; of a part after the log the first is what was counted before it. */
  records: number;
  /** The last of them as it was then: it grows in its place while its stream goes on. */
  last?: IndexRecord | undefined;
  /** What lies in the log past its index: its supervisor was killed between the two, or is writing right now. */
  unindexed?: IndexRecord;
}

/** Throws what isAbsent knows when it is not there any more. Must be closed. */
export function openPart(home: Home, id: TaskId, startBytes: number): Part {
  const paths = partPaths(home, id, startBytes);
  const log = openPlain(paths.log, constants.O_RDONLY);
  // Most of many tasks that are looked at together have printed nothing.
  if (startBytes === 0 && fstatSync(log).size === 0)
    return { startBytes, endBytes: 0, log, index: undefined, records: 0 };
  const index = orClose(log, () => tryOpen(paths.index));
  const part: Part = { startBytes, endBytes: startBytes, log, index, records: 0 };
  try {
    return measured(part);
  } catch (error) {
    closePart(part);
    throw error;
  }
}

/** How far the log and its index go: in the order opposite to the writer's, so that the log holds at least what the index tells of. */
function measured(part: Part): Part {
  const { startBytes, log, index } = part;
  part.records = index === undefined ? 0 : Math.floor(fstatSync(index).size / RECORD_BYTES);
  if (part.records > 0) part.last = recordOf(part, part.records - 1);
  part.endBytes = startBytes + fstatSync(log).size;
  if (!part.last || part.last.endBytes <= part.endBytes) return part;
  // The log was shortened just now.
  const records = firstThat(part.records, (at) => recordOf(part, at).endBytes > part.endBytes);
  return { ...part, records, last: undefined };
}

function tryOpen(path: string): number | undefined {
  try {
    return openPlain(path, constants.O_RDONLY);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

export function closePart({ log, index }: Part): void {
  closeSync(log);
  if (index !== undefined) closeSync(index);
}

/** One record of its index. */
export function recordOf(part: Part, at: number): IndexRecord {
  if (part.last && at === part.records - 1) return part.last;
  return decodeRecord(readAll(part.index ?? -1, at * RECORD_BYTES, RECORD_BYTES));
}

/** The first of `count` for which it holds, `count` when for none; it must hold for all that follow. */
export function firstThat(count: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A part was shortened after it was opened. */
export class CutShort extends Error {}

/** Throws CutShort when the file ends before. */
export function readAll(fd: number, position: number, length: number): Uint8Array {
  const bytes = readAt(fd, position, length);
  if (bytes.length < length) throw new CutShort();
  return bytes;
}

/** Some of them at least. Throws CutShort when the file ends before. */
export function readSome(fd: number, position: number, length: number, into?: Buffer): Uint8Array {
  const bytes = readAt(fd, position, length, into);
  if (bytes.length === 0 && length > 0) throw new CutShort();
  return bytes;
}

/** Fewer bytes than asked for when the file ends before. */
export function readAt(fd: number, position: number, length: number, into?: Buffer): Uint8Array {
  const bytes = into ?? Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const count = readSync(fd, bytes, got, length - got, position + got);
    if (count === 0) break;
    got += count;
  }
  return bytes.subarray(0, got);
}
