// What is kept of a task's output, opened for reading: where its parts lie, and by the index where a line or a position is.
// The supervisor may append and drop meanwhile: what is seen is what was there when it was opened.

import { isAbsent, isDirectory } from "../files.ts";
import { type Home, taskDir } from "../home.ts";
import type { TaskId } from "../task.ts";
import {
  decodeRecord,
  type IndexRecord,
  linesOf,
  newlinesOf,
  nextRecord,
  NOTHING,
  RECORD_BYTES,
  type View,
} from "./index.ts";
import { countNewlines, nthNewline } from "./newlines.ts";
import { closePart, CutShort, firstThat, openPart, type Part, readAll, readAt, readSome, recordOf } from "./part.ts";
import { laterParts } from "./parts.ts";

/** Some bytes of one view, and where in the output they begin. They lie next to each other there. */
export interface Piece {
  startBytes: number;
  bytes: Uint8Array;
}

/** A place where output was dropped. */
export interface Gap {
  startBytes: number;
  endBytes: number;
}

const BLOCK_BYTES = 64 * 1024;
/** For what is only counted: a read costs no memory of its own. */
const scratch = Buffer.allocUnsafeSlow(BLOCK_BYTES);
/** How often the parts are opened anew when one was dropped meanwhile. */
const ATTEMPTS = 20;

/** Hands the kept output to `body`, and closes it; anew where some of it was dropped meanwhile. What is not there is empty. */
export function withKept<T>(home: Home, id: TaskId, body: (kept: Kept) => T): T {
  for (let attempt = 1; ; attempt += 1) {
    const kept = openKept(home, id);
    try {
      return body(kept);
    } catch (error) {
      if (!(error instanceof CutShort) || attempt === ATTEMPTS) throw error;
    } finally {
      kept.close();
    }
  }
}

/** Must be closed. */
export function openKept(home: Home, id: TaskId): Kept {
  if (!isDirectory(taskDir(home, id))) return new Kept([]);
  for (let attempt = 1; ; attempt += 1) {
    const parts: Part[] = [];
    try {
      // The log before the list: it is never shortened before there is a part beside it.
      parts.push(openPart(home, id, 0));
      for (const startBytes of laterParts(home, id)) parts.push(openPart(home, id, startBytes));
      return new Kept(parts);
    } catch (error) {
      for (const part of parts) closePart(part);
      if (!isAbsent(error) && !(error instanceof CutShort)) throw error;
      if (parts.length === 0 && isAbsent(error)) return new Kept([]);
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

export class Kept {
  readonly #parts: Part[];
  /** Where output was dropped, in order. */
  readonly gaps: Gap[] = [];

  constructor(parts: Part[]) {
    this.#parts = parts;
    const last = parts.at(-1);
    for (const [at, part] of parts.entries()) {
      const indexed = this.#lastRecordOf(part).endBytes;
      if (part !== last) part.endBytes = indexed;
      else if (part.endBytes > indexed) part.unindexed = this.#count(part, indexed);
      const next = parts[at + 1];
      if (next && next.startBytes > part.endBytes)
        this.gaps.push({ startBytes: part.endBytes, endBytes: next.startBytes });
    }
  }

  close(): void {
    for (const part of this.#parts) closePart(part);
  }

  /** Where the output ends; the stream of what lies past the index is not known, so for one stream it ends there. */
  endBytes(view: View = "all"): number {
    const part = this.#parts.at(-1);
    if (!part) return 0;
    return view === "all" ? part.endBytes : this.#last(view).endBytes;
  }

  droppedBytes(): number {
    return this.gaps.reduce((sum, gap) => sum + gap.endBytes - gap.startBytes, 0);
  }

  /** What is known at its end. */
  last(): IndexRecord {
    const part = this.#parts.at(-1);
    return part ? (part.unindexed ?? this.#lastRecordOf(part)) : NOTHING;
  }

  lines(view: View): number {
    return linesOf(this.#last(view), view);
  }

  /** What is known at the view's end. */
  #last(view: View): IndexRecord {
    const part = this.#parts.at(-1);
    return view === "all" || !part ? this.last() : this.#lastRecordOf(part);
  }

  /** The position itself where that is kept, else the next that is. */
  nextKept(at: number): number {
    const gap = this.gaps.find(({ startBytes, endBytes }) => at >= startBytes && at < endBytes);
    return gap ? gap.endBytes : at;
  }

  /** Newlines of the view before a position. */
  newlinesBefore(view: View, position: number): number {
    const at = Math.min(this.nextKept(Math.max(0, position)), this.endBytes(view));
    const found = this.#find(view, (record) => record.endBytes > at);
    if (!found) return newlinesOf(this.#last(view), view);
    const before = found.before;
    const counts = view === "all" || found.record.stream === view;
    return newlinesOf(before, view) + (counts ? this.#newlinesIn(found.part, before.endBytes, at) : 0);
  }

  /** Where the view's line begins, counted from 0; the next kept position when it was dropped, the end when there is none. */
  lineStart(view: View, line: number): number {
    if (line <= 0) return 0;
    const found = this.#find(view, (record) => newlinesOf(record, view) >= line);
    if (!found) return this.endBytes(view);
    const { part, before, record } = found;
    let left = line - newlinesOf(before, view);
    for (let from = before.endBytes; from < record.endBytes;) {
      const block = readSome(part.log, from - part.startBytes, Math.min(BLOCK_BYTES, record.endBytes - from), scratch);
      const at = nthNewline(block, left);
      if (at >= 0) return from + at + 1;
      left -= countNewlines(block);
      from += block.length;
    }
    return record.endBytes; // its newline was dropped: a part begins here
  }

  /** The view's bytes from one position to another, in pieces of at most a block; dropped ones are passed over. */
  *pieces(view: View, fromBytes: number, toBytes: number): Generator<Piece> {
    for (const part of this.#parts) {
      const end = Math.min(part.endBytes, toBytes);
      let at = Math.max(part.startBytes, fromBytes);
      if (at >= end) continue;
      if (view === "all") {
        for (let bytes; at < end; at += bytes.length) {
          bytes = readSome(part.log, at - part.startBytes, Math.min(BLOCK_BYTES, end - at));
          yield { startBytes: at, bytes };
        }
        continue;
      }
      let block: Piece = { startBytes: at, bytes: new Uint8Array() };
      for (const run of this.#runs(part, view, at, end)) {
        for (at = run.startBytes; at < run.endBytes;) {
          if (at >= block.startBytes + block.bytes.length) {
            block = {
              startBytes: at,
              bytes: readSome(part.log, at - part.startBytes, Math.min(BLOCK_BYTES, end - at)),
            };
          }
          const bytes = block.bytes.subarray(at - block.startBytes, run.endBytes - block.startBytes);
          yield { startBytes: at, bytes };
          at += bytes.length;
        }
      }
    }
  }

  /** Where the view's last `bytes` before a position begin; `floor` when that has fewer. */
  lastBytesStart(view: View, floor: number, toBytes: number, bytes: number): number {
    let left = bytes;
    for (const part of this.#parts.toReversed()) {
      const from = Math.max(part.startBytes, floor);
      const end = Math.min(part.endBytes, toBytes);
      if (end <= from) continue;
      if (view === "all") {
        if (end - from >= left) return end - left;
        left -= end - from;
        continue;
      }
      for (let at = part.records - 1; at >= 0; at -= 1) {
        const record = recordOf(part, at);
        if (record.endBytes <= from) break;
        const start = Math.max(from, this.#before(part, at).endBytes);
        const stop = Math.min(end, record.endBytes);
        if (record.stream !== view || stop <= start) continue;
        if (stop - start >= left) return stop - left;
        left -= stop - start;
      }
    }
    return Math.max(0, floor);
  }

  /** Where a stream's bytes lie in a part. */
  *#runs(part: Part, stream: View, fromBytes: number, toBytes: number): Generator<Gap> {
    const RECORDS = 512;
    const first = firstThat(part.records, (at) => recordOf(part, at).endBytes > fromBytes);
    let before = this.#before(part, first).endBytes;
    for (let at = first; at < part.records; at += RECORDS) {
      const count = Math.min(RECORDS, part.records - at);
      const bytes = readAll(part.index ?? -1, at * RECORD_BYTES, count * RECORD_BYTES);
      for (let offset = 0; offset < bytes.length; offset += RECORD_BYTES) {
        const isLast = part.last && at + offset / RECORD_BYTES === part.records - 1;
        const record = (isLast && part.last) || decodeRecord(bytes.subarray(offset, offset + RECORD_BYTES));
        const [startBytes, endBytes] = [Math.max(before, fromBytes), Math.min(record.endBytes, toBytes)];
        if (record.stream === stream && endBytes > startBytes) yield { startBytes, endBytes };
        before = record.endBytes;
        if (before >= toBytes) return;
      }
    }
  }

  /** The first record for which it holds, and the one before it. It must hold for all that follow. */
  #find(
    view: View,
    holds: (record: IndexRecord) => boolean,
  ): { part: Part; before: IndexRecord; record: IndexRecord } | undefined {
    const unindexed = (part: Part) => (view === "all" ? part.unindexed : undefined);
    const part = this.#parts.find((one) => holds(unindexed(one) ?? this.#lastRecordOf(one)));
    if (!part) return undefined;
    const at = firstThat(part.records, (one) => holds(recordOf(part, one)));
    const record = at < part.records ? recordOf(part, at) : unindexed(part);
    return record && { part, before: this.#before(part, at), record };
  }

  /** What was counted before a part's record; the first of a later part says that itself. */
  #before(part: Part, at: number): IndexRecord {
    if (at > 0) return recordOf(part, at - 1);
    return part.startBytes > 0 && part.records > 0 ? recordOf(part, 0) : NOTHING;
  }

  #lastRecordOf(part: Part): IndexRecord {
    return part.records > 0 ? recordOf(part, part.records - 1) : { ...NOTHING, endBytes: part.startBytes };
  }

  #count(part: Part, indexedBytes: number): IndexRecord {
    const bytes = part.endBytes - indexedBytes;
    const newlines = this.#newlinesIn(part, indexedBytes, part.endBytes);
    const midLine = readAt(part.log, part.endBytes - 1 - part.startBytes, 1)[0] !== 10;
    const last = this.#lastRecordOf(part);
    const record = nextRecord(last, last.stream, { bytes, newlines, midLine }, last.atMs);
    return {
      ...record,
      stderrNewlines: last.stderrNewlines,
      stdoutMidLine: last.stdoutMidLine,
      stderrMidLine: last.stderrMidLine,
    };
  }

  #newlinesIn(part: Part, fromBytes: number, toBytes: number): number {
    let count = 0;
    for (let from = fromBytes; from < toBytes;) {
      const block = readSome(part.log, from - part.startBytes, Math.min(BLOCK_BYTES, toBytes - from), scratch);
      count += countNewlines(block);
      from += block.length;
    }
    return count;
  }
}
