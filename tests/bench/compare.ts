// Which ratios have moved since a stored result. Ratios of one run, not times: a slower machine slows both sides of them.

import type { Result, Row } from "./result.ts";
import type { Series } from "./statistics.ts";

export interface Move {
  figure: string;
  size: number;
  contender: string;
  before: number;
  after: number;
  worse: boolean;
}

/** More than a quarter, up or down; and further than the halves of both runs that lie in the middle. */
const MOVED = 1.25;

/** What both have measured, of whom both have measured it. A median of 0 has no ratio: survivors and wake-ups have budgets instead. */
export function compare(stored: Result, now: Result): { moves: Move[]; compared: number } {
  const before = new Map(ratiosOf(stored).map((ratio) => [keyOf(ratio), ratio]));
  const pairs = ratiosOf(now).flatMap((after) => {
    const old = before.get(keyOf(after));
    return old === undefined ? [] : [{ old, after }];
  });
  const moves = pairs.flatMap(({ old, after }): Move[] => {
    const factor = after.ratio.median / old.ratio.median;
    if ((factor <= MOVED && factor >= 1 / MOVED) || overlap(old.ratio, after.ratio)) return [];
    const worse = after.better === "less" ? factor > 1 : factor < 1;
    const { figure, size, contender } = after;
    return [{ figure, size, contender, before: old.ratio.median, after: after.ratio.median, worse }];
  });
  return { moves, compared: pairs.length };
}

const overlap = (a: Series, b: Series) => a.low <= b.high && b.low <= a.high;

interface Ratio {
  figure: string;
  size: number;
  contender: string;
  better: Row["figure"]["better"];
  ratio: Series;
}

const keyOf = ({ figure, size, contender }: Ratio) => `${figure} @${size} ÷ ${contender}`;

function ratiosOf(result: Result): Ratio[] {
  return result.parts
    .flatMap(({ rows }) => rows)
    .flatMap(({ figure, size, others }) =>
      others
        .filter(({ contender, ratio }) => contender !== "against" && ratio.median > 0)
        .map(({ contender, ratio }) => ({
          figure: figure.id,
          size,
          contender,
          better: figure.better,
          ratio,
        })),
    );
}
