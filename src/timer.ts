// How long a timer can be.

/** setTimeout counts in 32 bits: what is longer ends at once. Longer times are waited for in steps, or as if for ever. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
