// Appends what a task prints to its log, and keeps the index. Used by the task's supervisor alone.

import { closeSync, constants, openSync, writeSync } from "node:fs";
import { type Home, indexPath, logPath } from "../home.ts";
import type { TaskId } from "../task.ts";
import { encodeRecord, type IndexRecord, linesOf, RECORD_BYTES } from "./index.ts";

/** Chunks of one stream that follow each other this closely share a record, so that the index stays small beside the log. */
const RECORD_SPAN_MS = 50;
const RECORD_SPAN_BYTES = 64 * 1024;
const NEWLINE = 10;

export class OutputWriter {
  readonly #log: number;
  readonly #indexPath: string;
  #index: number | undefined;
  #record: IndexRecord | undefined;
  #records = 0;
  #recordStart = { bytes: 0, atMs: 0 };

  /** Creates the log. An index is made with the first output. */
  constructor(home: Home, id: TaskId) {
    this.#log = openSync(logPath(home, id), constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    this.#indexPath = indexPath(home, id);
  }

  /** The log first, the record after: a reader never finds a record of bytes that are not there. */
  append(stream: "stdout" | "stderr", chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    writeAll(this.#log, chunk);
    const atMs = Date.now();
    const last = this.#record;
    const startBytes = last?.endBytes ?? 0;
    const record: IndexRecord = {
      endBytes: startBytes + chunk.length,
      newlines: (last?.newlines ?? 0) + countNewlines(chunk),
      atMs,
      stream,
      midLine: chunk.at(-1) !== NEWLINE,
    };
    const joins =
      last?.stream === stream &&
      Math.abs(atMs - this.#recordStart.atMs) < RECORD_SPAN_MS &&
      record.endBytes - this.#recordStart.bytes <= RECORD_SPAN_BYTES;
    if (!joins) {
      this.#recordStart = { bytes: startBytes, atMs };
      this.#records += 1;
    }
    this.#record = record;
    this.#index ??= openSync(this.#indexPath, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
    writeSync(this.#index, encodeRecord(record), 0, RECORD_BYTES, (this.#records - 1) * RECORD_BYTES);
  }

  get bytes(): number {
    return this.#record?.endBytes ?? 0;
  }

  get lines(): number {
    return this.#record ? linesOf(this.#record) : 0;
  }

  /** The last line is not finished, as a prompt's is not. */
  get midLine(): boolean {
    return this.#record?.midLine ?? false;
  }

  /** `undefined` until something was printed. */
  get lastAtMs(): number | undefined {
    return this.#record?.atMs;
  }

  close(): void {
    closeSync(this.#log);
    if (this.#index !== undefined) closeSync(this.#index);
  }
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;) written += writeSync(fd, chunk, written);
}

function countNewlines(chunk: Uint8Array): number {
  let count = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
