// Every call that is made is watched: who is not killed has to answer, and a wait has to end soon after what it waits for.

import type { Ledger } from "./ledger.ts";

export interface Callee {
  /** It was killed: nothing is expected of it any more. */
  readonly isGone: boolean;
}

/** How long anything may take that answers by itself, however often its process is stopped. */
const PATIENCE_MS = 60_000;
/** After an end, until who waits for it has heard of it. */
const TOLD_MS = 20_000;

/** The answer; one that is late is a violation. */
export async function answered<T>(
  ledger: Ledger,
  callee: Callee,
  what: string,
  answer: Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const late = setTimeout(() => {
    if (!callee.isGone)
      ledger.violated("calls are answered", undefined, `${what} was not answered in ${patienceMs} ms`);
  }, patienceMs);
  return answer.finally(() => clearTimeout(late));
}

/** The answer of a wait; one that does not come although its tasks have ended is a violation. */
export async function told<T>(
  ledger: Ledger,
  callee: Callee,
  ids: string[],
  { until, seconds }: { until: "all" | "any"; seconds: number },
  answer: Promise<T>,
  toldMs = TOLD_MS,
): Promise<T> {
  const askedAtMs = Date.now();
  let isLate = false;
  const watch = setInterval(() => {
    const ended = ids.map((id) => ledger.endedAtMs.get(id) ?? Number.POSITIVE_INFINITY);
    const atMs = until === "all" ? Math.max(...ended) : Math.min(...ended);
    if (isLate || callee.isGone || Date.now() - Math.max(atMs, askedAtMs) < toldMs) return;
    isLate = true;
    ledger.violated(
      "calls are answered",
      ids[0],
      `a wait for ${until} of ${ids.join()} was not told of an end ${toldMs} ms ago`,
    );
  }, 250);
  const whole = answered(ledger, callee, "wait", answer, seconds * 1000 + PATIENCE_MS);
  return whole.finally(() => clearInterval(watch));
}
