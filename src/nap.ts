// Sleeping without the event loop.

const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread for so long, and what the system needs to wake it: 0.05 ms on Linux (PR_SET_TIMERSLACK(2const)). */
export function nap(ms: number): void {
  Atomics.wait(nobody, 0, 0, ms);
}
