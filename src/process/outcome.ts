// How a process ended, from what Bun tells of it.

import type { Outcome } from "../task.ts";

/** Realtime signals have no name in Bun: "SIG34". */
export function outcomeOf(exitCode: number | null, signal: string | number | null): Outcome {
  if (signal !== null) return { signal: typeof signal === "string" ? signal : `SIG${signal}` };
  return { exitCode: exitCode ?? 0 };
}
