// The index beside a log: one fixed-size record per chunk, so that position, line, time and stream are found without reading the log.
// 32 bytes, little endian: four doubles, exact up to 2^53; the last holds stderr's newlines and, in its low bits, four flags.

export const RECORD_BYTES = 32;

export type Stream = "stdout" | "stderr";
/** What is read: one stream alone, or both as they came. */
export type View = "all" | Stream;

export interface IndexRecord {
  /** Where the chunk ends in the merged output: bytes written up to there, dropped ones too. */
  endBytes: number;
  /** Newlines up to there. */
  newlines: number;
  /** Those of them that stderr wrote. */
  stderrNewlines: number;
  /** When its last byte was read. */
  atMs: number;
  stream: Stream;
  /** The chunk does not end with a newline. */
  midLine: boolean;
  /** The same of what each stream alone has written up to there. */
  stdoutMidLine: boolean;
  stderrMidLine: boolean;
}

const STDERR = 1;
const MID_LINE = 2;
const STDOUT_MID_LINE = 4;
const STDERR_MID_LINE = 8;
const FLAGS = 16;

/** Before anything was written. */
export const NOTHING: IndexRecord = {
  endBytes: 0,
  newlines: 0,
  stderrNewlines: 0,
  atMs: 0,
  stream: "stdout",
  midLine: false,
  stdoutMidLine: false,
  stderrMidLine: false,
};

/** Gives the same bytes each time, so that much output leaves no garbage: to be written at once. */
export function encodeRecord(record: IndexRecord): Uint8Array {
  const flags =
    (record.stream === "stderr" ? STDERR : 0) |
    (record.midLine ? MID_LINE : 0) |
    (record.stdoutMidLine ? STDOUT_MID_LINE : 0) |
    (record.stderrMidLine ? STDERR_MID_LINE : 0);
  const bytes = encoded;
  bytes.setFloat64(0, record.endBytes, true);
  bytes.setFloat64(8, record.newlines, true);
  bytes.setFloat64(16, record.atMs, true);
  bytes.setFloat64(24, record.stderrNewlines * FLAGS + flags, true);
  return encodedBytes;
}

const encoded = new DataView(new ArrayBuffer(RECORD_BYTES));
const encodedBytes = new Uint8Array(encoded.buffer);

export function decodeRecord(bytes: Uint8Array): IndexRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_BYTES);
  const packed = view.getFloat64(24, true);
  const flags = packed % FLAGS;
  return {
    endBytes: view.getFloat64(0, true),
    newlines: view.getFloat64(8, true),
    atMs: view.getFloat64(16, true),
    stderrNewlines: (packed - flags) / FLAGS,
    stream: (flags & STDERR) !== 0 ? "stderr" : "stdout",
    midLine: (flags & MID_LINE) !== 0,
    stdoutMidLine: (flags & STDOUT_MID_LINE) !== 0,
    stderrMidLine: (flags & STDERR_MID_LINE) !== 0,
  };
}

/** The record after `last` when a stream has written one more chunk. */
export function nextRecord(
  last: IndexRecord,
  stream: Stream,
  chunk: { bytes: number; newlines: number; midLine: boolean },
  atMs: number,
): IndexRecord {
  return {
    endBytes: last.endBytes + chunk.bytes,
    newlines: last.newlines + chunk.newlines,
    stderrNewlines: last.stderrNewlines + (stream === "stderr" ? chunk.newlines : 0),
    atMs,
    stream,
    midLine: chunk.midLine,
    stdoutMidLine: stream === "stdout" ? chunk.midLine : last.stdoutMidLine,
    stderrMidLine: stream === "stderr" ? chunk.midLine : last.stderrMidLine,
  };
}

/** Newlines that the view has up to the record's end. */
export function newlinesOf(record: IndexRecord, view: View = "all"): number {
  if (view === "all") return record.newlines;
  return view === "stderr" ? record.stderrNewlines : record.newlines - record.stderrNewlines;
}

/** Lines that a person counts: the last one counts although its newline has not come. */
export function linesOf(record: IndexRecord, view: View = "all"): number {
  const midLine = view === "all" ? record.midLine : view === "stderr" ? record.stderrMidLine : record.stdoutMidLine;
  return newlinesOf(record, view) + (midLine ? 1 : 0);
}
