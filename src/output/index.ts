// The index beside a log: one fixed-size record per chunk, so that position, line, time and stream are found without reading the log.
// 32 bytes, little endian: four doubles, exact up to 2^53.

export const RECORD_BYTES = 32;

export interface IndexRecord {
  /** Where the chunk ends in the merged output: bytes written up to there. */
  endBytes: number;
  /** Newlines up to there. */
  newlines: number;
  /** When its last byte was read. */
  atMs: number;
  stream: "stdout" | "stderr";
  /** The chunk does not end with a newline. */
  midLine: boolean;
}

const STDERR = 1;
const MID_LINE = 2;

export function encodeRecord(record: IndexRecord): Uint8Array {
  const flags = (record.stream === "stderr" ? STDERR : 0) | (record.midLine ? MID_LINE : 0);
  const bytes = new DataView(new ArrayBuffer(RECORD_BYTES));
  [record.endBytes, record.newlines, record.atMs, flags].forEach((value, at) => bytes.setFloat64(at * 8, value, true));
  return new Uint8Array(bytes.buffer);
}

export function decodeRecord(bytes: Uint8Array): IndexRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_BYTES);
  const flags = view.getFloat64(24, true);
  return {
    endBytes: view.getFloat64(0, true),
    newlines: view.getFloat64(8, true),
    atMs: view.getFloat64(16, true),
    stream: (flags & STDERR) !== 0 ? "stderr" : "stdout",
    midLine: (flags & MID_LINE) !== 0,
  };
}

/** Lines that a person counts: the last one counts although its newline has not come. */
export function linesOf(record: IndexRecord): number {
  return record.newlines + (record.midLine ? 1 : 0);
}
