// How often a client does well to ask. Pure.

const SHORTEST_MS = 1_000;
const LONGEST_MS = 5_000;
/** What has gone on for a minute is asked for at the longest interval. */
const PART_OF_AGE = 12;

/** Grows with the age of what is asked for. Whole milliseconds. */
export function pollIntervalMs(ageMs: number): number {
  return Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ageMs / PART_OF_AGE)));
}
