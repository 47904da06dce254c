// Looks for a pattern in output that comes in pieces, line by line. Who tries the pattern is not its business.

import { type ArrivedLine, ArrivingLines } from "./arriving.ts";

/** Which of the lines is the first that matches; -1 for none. */
export type FindFirst = (lines: string[]) => Promise<number>;

export class Matcher {
  readonly #findFirst: FindFirst;
  readonly #lines: ArrivingLines;

  /** `startBytes` is where in the output the first chunk begins. */
  constructor(findFirst: FindFirst, startBytes: number) {
    this.#findFirst = findFirst;
    this.#lines = new ArrivingLines({ startBytes, isLong: false });
  }

  /** The first line that matches, now that this has come. One call after the other. */
  async push(chunk: Uint8Array): Promise<ArrivedLine | undefined> {
    const lines = [...this.#lines.push(chunk)];
    return lines[await this.#findFirst(lines.map(({ line }) => line))];
  }

  /** Output of that size was dropped before the next chunk: no line goes over it. */
  skip(bytes: number): void {
    this.#lines.skip(bytes);
  }
}
