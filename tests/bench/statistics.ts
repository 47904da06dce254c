// What is said of series of measurements: where their middle is, how far they spread, and how they grow.

export interface Series {
  median: number;
  /** The quartiles, between which half of them lie. */
  low: number;
  high: number;
  min: number;
  max: number;
  count: number;
}

export function summarize(values: number[]): Series {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    count: sorted.length,
  };
}

function quantile(sorted: number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Ratios of the values that were measured in the same round. */
export function ratios(ours: (number | undefined)[], theirs: (number | undefined)[]): number[] {
  return ours.flatMap((value, round) => {
    const other = theirs[round];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
}

export function present(values: (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

/** How it grows with its size: the slope of a straight line through the logarithms. 0 is flat, 1 is in proportion. */
export function exponent(points: { size: number; value: number }[]): number {
  const logs = points.map(({ size, value }) => [Math.log(size), Math.log(value)] as const);
  const mean = (pick: 0 | 1) => logs.reduce((sum, log) => sum + log[pick], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
