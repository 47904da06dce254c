// Looks for a pattern in output that comes in pieces: line by line, cleaned as a person reads it, the last line also before its
// end has come, as a prompt has none. Who tries the pattern is not its business.

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

/** Which of the lines is the first that matches; -1 for none. */
export type FindFirst = (lines: string[]) => Promise<number>;

export class Matcher {
  readonly #findFirst: FindFirst;
  #atBytes: number;
  /** The line that has not ended, as it came. */
  #line: Uint8Array[] = [];
  #lineBytes = 0;

  /** `startBytes` is where in the output the first chunk begins. */
  constructor(findFirst: FindFirst, startBytes: number) {
    this.#findFirst = findFirst;
    this.#atBytes = startBytes;
  }

  /** The first line that matches, now that this has come. One call after the other. */
  async push(chunk: Uint8Array): Promise<Match | undefined> {
    const lines = this.#linesWith(chunk);
    return lines[await this.#findFirst(lines.map(({ line }) => line))];
  }

  /** Output of that size was dropped before the next chunk: no line goes over it. */
  skip(bytes: number): void {
    this.#atBytes += bytes;
    this.#line = [];
    this.#lineBytes = 0;
  }

  /** Each line that ends in the chunk, and the one that goes on. */
  #linesWith(chunk: Uint8Array): Match[] {
    const lines: Match[] = [];
    let from = 0;
    for (let end = lineEnd(chunk, from); end >= 0; end = lineEnd(chunk, from)) {
      this.#keep(chunk.subarray(from, end));
      lines.push({ line: this.#text(), endBytes: this.#atBytes + end + 1 });
      this.#line = [];
      this.#lineBytes = 0;
      from = end + 1;
    }
    this.#atBytes += chunk.length;
    if (from === chunk.length) return lines;
    this.#keep(chunk.slice(from));
    return [...lines, { line: this.#text(), endBytes: this.#atBytes }];
  }

  #keep(part: Uint8Array): void {
    this.#line.push(part);
    this.#lineBytes += part.length;
    if (this.#lineBytes <= LONGEST_LINE_BYTES) return;
    const end = Buffer.concat(this.#line).subarray(-LONGEST_LINE_BYTES / 2);
    this.#line = [end];
    this.#lineBytes = end.length;
  }

  #text(): string {
    const [only = EMPTY, ...more] = this.#line;
    return Bun.stripANSI(DECODER.decode(more.length === 0 ? only : Buffer.concat(this.#line)));
  }
}

/** Where the next line ends: a progress bar ends each of its states with a return. */
function lineEnd(chunk: Uint8Array, from: number): number {
  const newline = chunk.indexOf(NEWLINE, from);
  const line = chunk.subarray(from, newline < 0 ? chunk.length : newline);
  const back = line.indexOf(RETURN);
  return back < 0 ? newline : from + back;
}
