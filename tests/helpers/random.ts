// Numbers for property tests: as good as random, and the same again for the same seed. A failing test names its seed.

export class Random {
  #state: bigint;

  constructor(seed: string) {
    this.#state = BigInt.asUintN(64, Bun.hash.wyhash(seed) | 1n);
  }

  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number {
    // xorshift64* (Vigna 2014)
    this.#state ^= this.#state >> 12n;
    this.#state = BigInt.asUintN(64, this.#state ^ (this.#state << 25n));
    this.#state ^= this.#state >> 27n;
    const scrambled = BigInt.asUintN(64, this.#state * 0x2545f4914f6cdd1dn);
    return Math.floor((Number(scrambled >> 11n) / 2 ** 53) * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Bytes of every kind, newlines often. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => (this.below(20) === 0 ? 10 : this.below(256)));
  }
}
