// What somebody meant who mistyped. Pure.

/** Nobody mistypes more by hand, and comparing takes the square of it. */
const LONGEST = 100;

/** The candidate that is fewest slips of the fingers away: a character too many, too few, wrong, or two swapped. `undefined` when none is near. */
export function nearest(given: string, candidates: Iterable<string>): string | undefined {
  if (given.length > LONGEST) return undefined;
  const typed = given.toLowerCase();
  let best: { candidate: string; slips: number } | undefined;
  for (const candidate of candidates) {
    const most = Math.min(3, Math.floor(Math.max(typed.length, candidate.length) / 3));
    if (Math.abs(typed.length - candidate.length) > most) continue;
    const fewer = Math.min(most, (best?.slips ?? Number.POSITIVE_INFINITY) - 1);
    const slips = slipsBetween(typed, candidate.toLowerCase(), fewer);
    if (slips <= fewer) best = { candidate, slips };
  }
  return best?.candidate;
}

/**
 * Damerau-Levenshtein distance, without swaps of what was changed already. Of more than `most` it is only known that it is more: cells
 * farther than that from the diagonal are not looked at, and no row after two that have none left (Ukkonen 1985).
 */
function slipsBetween(one: string, other: string, most: number): number {
  const MORE = most + 1;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  let leastOfLast = 0;
  for (let row = 1; row <= one.length; row += 1) {
    const next = Array<number>(other.length + 1).fill(MORE);
    next[0] = row;
    let least = row;
    for (let column = Math.max(1, row - most); column <= Math.min(other.length, row + most); column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const slips = Math.min(
        (last[column] ?? MORE) + 1,
        (next[column - 1] ?? MORE) + 1,
        (last[column - 1] ?? MORE) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? MORE) + 1 : MORE,
      );
      next[column] = slips;
      least = Math.min(least, slips);
    }
    if (least > most && leastOfLast > most) return MORE;
    [before, last, leastOfLast] = [last, next, least];
  }
  return last[other.length] ?? MORE;
}
