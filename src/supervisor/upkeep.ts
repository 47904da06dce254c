// What the runtime does beside a supervisor's work, and when: compiling, and collecting garbage. The runtime's own timer for garbage is
// off there (launch.ts): it woke a task that only sleeps, for nothing, and took a quarter of a MiB to do so. What is left to the runtime
// is a heap that has grown by 32 MiB.

/**
 * Of what a supervisor does for a task that prints little nothing is worth compiling before it has served a thousand of them: a queue of
 * short tasks takes a sixth less of its time so.
 */
const RELUCTANT = 64;
/** Much output is another matter: from this chunk of a task on the runtime compiles as usual. */
const FEW_CHUNKS = 20;
/** Each chunk of output leaves at most 3 KiB. */
const MANY_CHUNKS = 200;
/** Much output comes in many chunks, and is not to be held up for each few of them. */
const BETWEEN_MS = 1_000;

let isReluctant = false;
let chunksOfTask = 0;
let chunks = 0;
let collectedMs = 0;

/** A task begins. */
export function compileLittle(): void {
  chunksOfTask = 0;
  if (!isReluctant) Bun.unsafe.setJITPolicy(RELUCTANT);
  isReluctant = true;
}

/** A chunk of output was handled. */
export function chunkHandled(): void {
  chunks += 1;
  chunksOfTask += 1;
  if (chunksOfTask === FEW_CHUNKS) {
    Bun.unsafe.setJITPolicy(1);
    isReluctant = false;
  }
  if (chunks < MANY_CHUNKS || performance.now() < collectedMs + BETWEEN_MS) return;
  Bun.gc(true);
  chunks = 0;
  collectedMs = performance.now();
}
