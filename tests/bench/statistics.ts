// What is said of a series of measurements.

export interface Series {
  median: number;
  min: number;
  max: number;
  count: number;
}

export function summarize(values: number[]): Series {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return {
    median: median ?? Number.NaN,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    count: sorted.length,
  };
}

/** Measures one after the other, after `warmUps` that do not count. */
export async function repeat(count: number, measure: (round: number) => Promise<number>, warmUps = 2): Promise<Series> {
  const values: number[] = [];
  for (let round = -warmUps; round < count; round += 1) {
    const value = await measure(round + warmUps);
    if (round >= 0) values.push(value);
  }
  return summarize(values);
}

/** Wall clock in milliseconds with its fraction, comparable with what a command's shell prints as $EPOCHREALTIME. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
