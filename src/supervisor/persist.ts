// Writing to a store that can't be written just now: a full disk, a home that was mounted read-only, too many who write. What a
// supervisor knows of its task nobody else does, so it goes on trying.

import { messageOf } from "../errors.ts";
import { trace } from "./trace.ts";

const FIRST_STEP_MS = 20;
const LONGEST_STEP_MS = 1_000;

/** Tries until the body returns; `mend` may do something about it before the next try. Each reason for a failure is traced once. */
export async function persist<T>(what: string, body: () => T, mend: (error: unknown) => void): Promise<T> {
  let told = "";
  for (let stepMs = FIRST_STEP_MS; ; stepMs = Math.min(stepMs * 2, LONGEST_STEP_MS)) {
    try {
      return body();
    } catch (error) {
      const why = messageOf(error);
      if (why !== told) trace(`${what} can't be recorded and is tried again: ${why}`);
      told = why;
      mend(error);
      await Bun.sleep(stepMs);
    }
  }
}
