// Who collects a supervisor's garbage. The runtime's own timer for that is off there (launch.ts): it woke a task that only sleeps, for
// nothing, and took a quarter of a MiB to do so. What is left to the runtime is a heap that has grown by 32 MiB.

/** Each chunk of output leaves at most 3 KiB. */
const MANY_CHUNKS = 200;
/** Much output comes in many chunks, and is not to be held up for each few of them. */
const BETWEEN_MS = 1_000;

let chunks = 0;
let collectedMs = 0;

/** A chunk of output was handled. */
export function litter(): void {
  chunks += 1;
  if (chunks < MANY_CHUNKS || performance.now() < collectedMs + BETWEEN_MS) return;
  Bun.gc(true);
  chunks = 0;
  collectedMs = performance.now();
}
