// How a process ended, from what Bun tells of it, or wait(2).

import type { Outcome } from "../task.ts";

/** Realtime signals have no name in Bun: "SIG34". */
export function outcomeOf(exitCode: number | null, signal: string | number | null): Outcome {
  if (signal !== null) return { signal: typeof signal === "string" ? signal : `SIG${signal}` };
  return { exitCode: exitCode ?? 0 };
}

/** From a wait status. What has the names is loaded when one is needed. */
export async function outcomeOfStatus(status: number): Promise<Outcome> {
  const number = status & 0x7f;
  if (number === 0) return { exitCode: (status >> 8) & 0xff };
  return outcomeOf(null, nameOf((await import("node:os")).constants.signals, number) ?? number);
}

/** What an errno means, as Bun says it. */
export async function errorOf(errno: number): Promise<string> {
  return nameOf((await import("node:os")).constants.errno, errno) ?? `errno ${errno}`;
}

function nameOf(numbers: Record<string, number>, wanted: number): string | undefined {
  return Object.entries(numbers).find(([, number]) => number === wanted)?.[0];
}
