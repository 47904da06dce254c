// Appends what a task prints to its log, keeps the index, and keeps both within the task's cap: the head stays, and of the rest the newest.
// Used by the task's supervisor alone. Log and index of all parts together never exceed the cap by more than one part.

import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, readSync, rmSync, writeSync } from "node:fs";
import { openPlain, orClose, withFile } from "../files.ts";
import { above, type Home } from "../home.ts";
import type { TaskId } from "../task.ts";
import {
  decodeRecord,
  encodeRecord,
  type IndexRecord,
  linesOf,
  nextRecord,
  NOTHING,
  RECORD_BYTES,
  type Stream,
} from "./index.ts";
import { countNewlines } from "./newlines.ts";
import { partPaths } from "./parts.ts";

/** Chunks of one stream that follow each other this closely share a record, so that the index stays small beside the log. */
const RECORD_SPAN_MS = 1_000;
const RECORD_SPAN_BYTES = 256 * 1024;
/** The newest lie in parts of this share of the cap; dropping one is how room is made. */
const PARTS_IN_CAP = 8;
const NEWLINE = 10;
/** Readable as well: what was deleted is read through the open file. */
const LOG_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND;
const INDEX_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC;
/** How often it is looked whether the files are still there, while there is output. */
const LOOK_EVERY_MS = 1_000;

interface Part {
  startBytes: number;
  logBytes: number;
  records: number;
}

export class OutputWriter {
  readonly #home: Home;
  readonly #id: TaskId;
  readonly #capBytes: number;
  readonly #spanBytes: number;
  readonly #parts: Part[] = [];
  #part: Part = { startBytes: 0, logBytes: 0, records: 0 };
  #log: number;
  #index: number | undefined;
  #last = NOTHING;
  #recordStart = { bytes: 0, atMs: 0 };
  #lookedAtMs = Date.now();

  /** Creates the log. An index is made with the first output. */
  constructor(home: Home, id: TaskId, capBytes = Number.MAX_SAFE_INTEGER) {
    this.#home = home;
    this.#id = id;
    this.#capBytes = capBytes;
    this.#spanBytes = Math.max(1, Math.min(RECORD_SPAN_BYTES, Math.floor(capBytes / PARTS_IN_CAP / 4)));
    this.#parts.push(this.#part);
    this.#log = openPlain(this.#paths().log, LOG_FLAGS);
  }

  /** Parts begin with a line where they can, so that what is dropped ends with one. */
  append(stream: Stream, chunk: Uint8Array): void {
    const atMs = Date.now();
    if (Math.abs(atMs - this.#lookedAtMs) >= LOOK_EVERY_MS) {
      this.#lookedAtMs = atMs;
      this.restore();
    }
    for (let from = 0; from < chunk.length;) {
      const room = Math.min(this.#spanBytes, this.#room());
      let end = Math.min(chunk.length, from + room);
      if (end < chunk.length) end = Math.max(from, chunk.lastIndexOf(NEWLINE, end - 1) + 1);
      if (room <= 0 || (end <= from && room < this.#spanBytes)) {
        this.#beginPart();
        continue;
      }
      if (end <= from) end = from + room; // a very long line
      this.#write(stream, chunk.subarray(from, end), atMs);
      from = end;
    }
  }

  /** Bytes written so far; the dropped ones count. */
  get bytes(): number {
    return this.#last.endBytes;
  }

  get lines(): number {
    return linesOf(this.#last);
  }

  /** The last line is not finished, as a prompt's is not. */
  get midLine(): boolean {
    return this.#last.midLine;
  }

  /** `undefined` until something was printed. */
  get lastAtMs(): number | undefined {
    return this.#last === NOTHING ? undefined : this.#last.atMs;
  }

  /** Puts the newest log and its index back where somebody has deleted them: an open file keeps what it holds (unlink(2)). */
  restore(): void {
    const paths = this.#paths();
    if (isDeleted(this.#log)) this.#log = copyOf(this.#log, paths.log, LOG_FLAGS);
    if (this.#index !== undefined && isDeleted(this.#index))
      this.#index = copyOf(this.#index, paths.index, INDEX_FLAGS);
  }

  /** Takes back the last bytes of the newest record, at most so many. Returns how many that were. */
  giveUp(bytes: number): number {
    const part = this.#part;
    const own = part.records - (part.startBytes === 0 ? 0 : 1);
    if (own === 0 || this.#index === undefined) return 0;
    const paths = this.#paths();
    const before =
      own > 1 ? withFile(paths.index, constants.O_RDONLY, (fd) => recordAt(fd, part.records - 2)) : undefined;
    const start = before?.endBytes ?? part.startBytes;
    const taken = Math.min(bytes, this.#last.endBytes - start);
    const rest = withFile(paths.log, constants.O_RDONLY, (fd) => readBytes(fd, part.logBytes - taken - 1, taken + 1));
    const newlines = countNewlines(rest.subarray(1));
    const midLine = rest[0] !== NEWLINE;
    this.#last = {
      ...this.#last,
      endBytes: this.#last.endBytes - taken,
      newlines: this.#last.newlines - newlines,
      stderrNewlines: this.#last.stderrNewlines - (this.#last.stream === "stderr" ? newlines : 0),
      midLine,
      ...(this.#last.stream === "stderr" ? { stderrMidLine: midLine } : { stdoutMidLine: midLine }),
    };
    writeSync(this.#index, encodeRecord(this.#last), 0, RECORD_BYTES, (part.records - 1) * RECORD_BYTES);
    part.logBytes -= taken;
    this.#cutLog();
    return taken;
  }

  close(): void {
    closeSync(this.#log);
    if (this.#index !== undefined) closeSync(this.#index);
  }

  /** The log first, the record after: a reader never finds a record of bytes that are not there. */
  #write(stream: Stream, piece: Uint8Array, atMs: number): void {
    const part = this.#part;
    const newlines = countNewlines(piece);
    const midLine = piece.at(-1) !== NEWLINE;
    const record = nextRecord(this.#last, stream, { bytes: piece.length, newlines, midLine }, atMs);
    const joins =
      part.records > (part.startBytes === 0 ? 0 : 1) &&
      this.#last.stream === stream &&
      Math.abs(atMs - this.#recordStart.atMs) < RECORD_SPAN_MS &&
      record.endBytes - this.#recordStart.bytes <= this.#spanBytes;
    const records = part.records + (joins ? 0 : 1);
    try {
      writeAll(this.#log, piece);
      this.#index ??= this.#createIndex();
      writeSync(this.#index, encodeRecord(record), 0, RECORD_BYTES, (records - 1) * RECORD_BYTES);
    } catch (error) {
      this.#cutLog(); // a full disk took a piece of it: positions must stay true
      throw error;
    }
    if (!joins) this.#recordStart = { bytes: this.#last.endBytes, atMs };
    this.#last = record;
    part.records = records;
    part.logBytes += piece.length;
  }

  /** Back to what is known to be in it. What is opened to append can't be cut on Windows (SetEndOfFile needs GENERIC_WRITE). */
  #cutLog(): void {
    const cut = (fd: number) => ftruncateSync(fd, this.#part.logBytes);
    if (process.platform === "win32") withFile(this.#paths().log, constants.O_RDWR, cut);
    else cut(this.#log);
  }

  #createIndex(): number {
    return openPlain(this.#paths().index, INDEX_FLAGS);
  }

  /** What the part may still take, a record of its own included. */
  #room(): number {
    const partBytes = Math.max(1, Math.floor(this.#capBytes / PARTS_IN_CAP));
    return (this.#part.startBytes === 0 ? this.#capBytes : partBytes) - sizeOf(this.#part) - RECORD_BYTES;
  }

  /** The new part is there before anything is dropped: a reader that sees no part knows that the log is whole. */
  #beginPart(): void {
    const startBytes = this.#last.endBytes;
    const paths = partPaths(this.#home, this.#id, startBytes);
    const index = openPlain(paths.index, INDEX_FLAGS);
    const log = orClose(index, () => {
      // What was counted up to here, as the parts before it may go.
      writeSync(index, encodeRecord(this.#last), 0, RECORD_BYTES, 0);
      return openPlain(paths.log, LOG_FLAGS);
    });
    this.close();
    this.#log = log;
    this.#index = index;
    this.#makeRoom();
    this.#part = { startBytes, logBytes: 0, records: 1 };
    this.#parts.push(this.#part);
  }

  /** Drops until the cap is kept: first from the end of the log, half of the cap stays; then the oldest part. */
  #makeRoom(): void {
    const [head, ...later] = this.#parts;
    if (!head) return;
    let excess = this.#parts.reduce((sum, part) => sum + sizeOf(part), 0) - this.#capBytes;
    if (excess <= 0) return;
    const spare = sizeOf(head) - Math.floor(this.#capBytes / 2);
    if (later.length > 0 && spare > 0) excess -= this.#shorten(head, sizeOf(head) - Math.min(spare, excess));
    for (const part of later) {
      if (excess <= 0) return;
      const paths = partPaths(this.#home, this.#id, part.startBytes);
      rmSync(paths.log, { force: true });
      rmSync(paths.index, { force: true });
      this.#parts.splice(this.#parts.indexOf(part), 1);
      excess -= sizeOf(part);
    }
  }

  /** Cuts the log after a record, so that it and its index stay one. Returns what that gave. */
  #shorten(head: Part, toBytes: number): number {
    const before = sizeOf(head);
    const paths = this.#paths(head);
    withFile(paths.index, constants.O_RDWR, (fd) => {
      const kept = lastThat(head.records, (at) => recordAt(fd, at).endBytes + (at + 1) * RECORD_BYTES <= toBytes) + 1;
      head.logBytes = kept === 0 ? 0 : recordAt(fd, kept - 1).endBytes;
      head.records = kept;
      ftruncateSync(fd, kept * RECORD_BYTES);
    });
    withFile(paths.log, constants.O_WRONLY, (fd) => ftruncateSync(fd, head.logBytes));
    return before - sizeOf(head);
  }

  #paths(part: Part = this.#part) {
    return partPaths(this.#home, this.#id, part.startBytes);
  }
}

function sizeOf(part: Part): number {
  return part.logBytes + part.records * RECORD_BYTES;
}

function isDeleted(fd: number): boolean {
  return fstatSync(fd).nlink === 0;
}

/** The same bytes in a new file, which takes the place of the descriptor. */
function copyOf(fd: number, path: string, flags: number): number {
  mkdirSync(above(path), { recursive: true, mode: 0o700 });
  const copy = openPlain(path, flags);
  const block = Buffer.allocUnsafe(64 * 1024);
  orClose(copy, () => {
    for (let at = 0, count = 0; (count = readSync(fd, block, 0, block.length, at)) > 0; at += count)
      writeAll(copy, block.subarray(0, count));
  });
  closeSync(fd);
  return copy;
}

/** From before the file's beginning on, what is not there is a newline. */
function readBytes(fd: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length, NEWLINE);
  readSync(fd, bytes, Math.max(0, -position), length - Math.max(0, -position), Math.max(0, position));
  return bytes;
}

function recordAt(fd: number, at: number): IndexRecord {
  const bytes = new Uint8Array(RECORD_BYTES);
  readSync(fd, bytes, 0, RECORD_BYTES, at * RECORD_BYTES);
  return decodeRecord(bytes);
}

/** The last of `count` for which it holds, -1 when for none; it must hold for all before it. */
function lastThat(count: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;) written += writeSync(fd, chunk, written);
}
