// The lines of output that comes in pieces, each as a person reads it, the last one also before its end has come: a prompt has none.
// A progress bar ends each of its states with a return, so that is a line's end too.

import { headOf } from "../cut.ts";
import { cleanLine } from "./clean.ts";
import { SEARCHED_CHARS } from "./lines.ts";

/** A line as it is searched, and where in the output it ends. */
export interface ArrivedLine {
  line: string;
  /** What comes after it begins there. Of a line that is not complete, all that there is of it belongs to it. */
  endBytes: number;
}

/** Where to go on with what follows, in a place that the lines before are not known in. */
export interface Place {
  startBytes: number;
  /** It is in a line that is searched no more. */
  isLong: boolean;
}

const DECODER = new TextDecoder();
const EMPTY = new Uint8Array();
const NEWLINE = 10;
const RETURN = 13;
/** So many characters are no more bytes, but for escape sequences. */
const LONGEST_LINE_BYTES = 4 * SEARCHED_CHARS;

export class ArrivingLines {
  #atBytes: number;
  #lineStartBytes: number;
  /** What there is of the line that has not ended. */
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  /** All of the line that is searched has been given already. */
  #isLong: boolean;
  /** The line ends with a return; a newline that follows at once belongs to it. */
  #hasReturn = false;

  /** The place is where in the output the first chunk begins. */
  constructor({ startBytes, isLong }: Place) {
    this.#atBytes = startBytes;
    this.#lineStartBytes = startBytes;
    this.#isLong = isLong;
  }

  /** The line that goes on begins there, or if it is long what has not come of it. */
  get place(): Place {
    const returnBytes = this.#hasReturn ? 1 : 0; // it alone ends a long line
    return { startBytes: this.#isLong ? this.#atBytes - returnBytes : this.#lineStartBytes, isLong: this.#isLong };
  }

  /** Each line that ends in the chunk, and with all that is known of it the one that goes on. */
  *push(chunk: Uint8Array): Generator<ArrivedLine, void> {
    const startBytes = this.#atBytes;
    this.#atBytes += chunk.length;
    let from = 0;
    if (this.#hasReturn && chunk.length > 0) {
      if (chunk[0] === NEWLINE) from = 1;
      this.#endLine(startBytes + from);
    }
    for (const { at, next } of endsIn(chunk, from)) {
      const line = this.#take(chunk.subarray(from, at));
      if (line !== undefined) yield { line, endBytes: startBytes + next };
      from = next;
      this.#hasReturn = at === chunk.length - 1 && chunk[at] === RETURN;
      if (!this.#hasReturn) this.#endLine(startBytes + next);
    }
    if (from === chunk.length) return;
    const line = this.#take(chunk.slice(from)); // a copy, as the chunk's memory is its giver's
    if (line !== undefined) yield { line, endBytes: this.#atBytes };
  }

  /** Output of that size was dropped before the next chunk: no line goes over it. */
  skip(bytes: number): void {
    this.#atBytes += bytes;
    this.#endLine(this.#atBytes);
  }

  #endLine(nextBytes: number): void {
    this.#lineStartBytes = nextBytes;
    this.#parts = [];
    this.#partsBytes = 0;
    this.#isLong = false;
    this.#hasReturn = false;
  }

  /** The line with this part; `undefined` when what is searched of it was given before. */
  #take(part: Uint8Array): string | undefined {
    if (this.#isLong) return undefined;
    if (this.#partsBytes === 0 && part.length === 0) return "";
    this.#parts.push(part);
    this.#partsBytes += part.length;
    const [only = EMPTY, ...more] = this.#parts;
    const text = cleanLine(DECODER.decode(more.length === 0 ? only : Buffer.concat(this.#parts)));
    this.#isLong = text.length >= SEARCHED_CHARS || this.#partsBytes >= LONGEST_LINE_BYTES;
    return headOf(text, SEARCHED_CHARS);
  }
}

/** Where lines end, and where the ones behind them begin. Looks at each byte once for either. */
function* endsIn(chunk: Uint8Array, from: number): Generator<{ at: number; next: number }, void> {
  let newline = find(chunk, NEWLINE, from);
  let back = find(chunk, RETURN, from);
  while (newline < Infinity || back < Infinity) {
    const at = Math.min(newline, back);
    const next = back + 1 === newline ? newline + 1 : at + 1;
    yield { at, next };
    if (newline < next) newline = find(chunk, NEWLINE, next);
    if (back < next) back = find(chunk, RETURN, next);
  }
}

/** Infinity when there is none. */
function find(chunk: Uint8Array, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at < 0 ? Infinity : at;
}
