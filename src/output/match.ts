// Looks for a pattern in output that comes in pieces: line by line, cleaned as a person reads it, the last line also before its
// end has come, as a prompt has none. Pure.

/** A line that matched, and where in the output it ends. */
export interface Match {
  line: string;
  /** What comes after it begins there. Of a line that is not complete, all that there is of it belongs to it. */
  endBytes: number;
}

const DECODER = new TextDecoder();
const EMPTY = new Uint8Array();
const NEWLINE = 10;
const RETURN = 13;
/** Of a line that is longer only its end is looked at. */
const LONGEST_LINE_BYTES = 64 * 1024;

export class Matcher {
  readonly #pattern: RegExp;
  #atBytes: number;
  /** The line that has not ended, as it came. */
  #line: Uint8Array[] = [];
  #lineBytes = 0;

  /** `startBytes` is where in the output the first chunk begins. */
  constructor(pattern: RegExp, startBytes: number) {
    this.#pattern = pattern;
    this.#atBytes = startBytes;
  }

  /** The first line that matches, now that this has come. */
  push(chunk: Uint8Array): Match | undefined {
    let from = 0;
    for (let end = lineEnd(chunk, from); end >= 0; end = lineEnd(chunk, from)) {
      this.#keep(chunk.subarray(from, end));
      const found = this.#test(this.#atBytes + end + 1);
      if (found) return found;
      this.#line = [];
      this.#lineBytes = 0;
      from = end + 1;
    }
    this.#atBytes += chunk.length;
    if (from === chunk.length) return undefined;
    this.#keep(chunk.slice(from));
    return this.#test(this.#atBytes);
  }

  /** Output of that size was dropped before the next chunk: no line goes over it. */
  skip(bytes: number): void {
    this.#atBytes += bytes;
    this.#line = [];
    this.#lineBytes = 0;
  }

  #keep(part: Uint8Array): void {
    this.#line.push(part);
    this.#lineBytes += part.length;
    if (this.#lineBytes <= LONGEST_LINE_BYTES) return;
    const end = Buffer.concat(this.#line).subarray(-LONGEST_LINE_BYTES / 2);
    this.#line = [end];
    this.#lineBytes = end.length;
  }

  #test(endBytes: number): Match | undefined {
    const [only = EMPTY, ...more] = this.#line;
    const line = Bun.stripANSI(DECODER.decode(more.length === 0 ? only : Buffer.concat(this.#line)));
    return this.#pattern.test(line) ? { line, endBytes } : undefined;
  }
}

/** Where the next line ends: a progress bar ends each of its states with a return. */
function lineEnd(chunk: Uint8Array, from: number): number {
  const newline = chunk.indexOf(NEWLINE, from);
  const line = chunk.subarray(from, newline < 0 ? chunk.length : newline);
  const back = line.indexOf(RETURN);
  return back < 0 ? newline : from + back;
}
