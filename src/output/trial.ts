// A pattern that is tried with an eye on the clock. The engine gives up a hopeless attempt by itself after a hundred million steps and
// then says "no match", which may be wrong (JSC, Bun 1.4.5): a line that takes so long is no answer but a reason to stop.

/** Thrown when the pattern took too long on one line. */
export class TooSlow extends Error {}

/** The engine's own limit takes at least three times as long; an ordinary pattern on the longest line a tenth. */
const MOST_CPU_MS = 100;

export class Trial {
  readonly pattern: RegExp;
  readonly #alive: (atMs: number) => void;
  #beganMs = performance.now();

  /** `alive` is called after each text that was tried. */
  constructor(pattern: RegExp, alive: (atMs: number) => void = () => {}) {
    this.pattern = pattern;
    this.#alive = alive;
  }

  /** Throws TooSlow. */
  matches(line: string): boolean {
    const found = this.pattern.test(line);
    if (this.#tookLong() && this.#cpuMsOf(line) > MOST_CPU_MS) throw new TooSlow();
    return found;
  }

  /** False when no line of the block can match; true also when that would take too long to find out. */
  mayMatch(block: string): boolean {
    const found = this.pattern.test(block);
    return this.#tookLong() || found;
  }

  #tookLong(): boolean {
    const nowMs = performance.now();
    const tookMs = nowMs - this.#beganMs;
    this.#beganMs = nowMs;
    this.#alive(nowMs);
    return tookMs > MOST_CPU_MS;
  }

  /** Tries it once more: the clock alone also runs while the machine is busy with others, or a file is read. */
  #cpuMsOf(line: string): number {
    const before = process.cpuUsage();
    this.pattern.test(line);
    const { user, system } = process.cpuUsage(before);
    this.#beganMs = performance.now();
    return (user + system) / 1000;
  }
}
