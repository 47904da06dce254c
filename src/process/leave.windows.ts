// Leaving with an exit code of more than 8 bits, which Bun's own exit cuts off (Bun 1.4.5).

import { kernel } from "./kernel32.ts";
import { THIS_PROCESS } from "./job.windows.ts";

/** Does not return. */
export function leaveWith(code: number): void {
  kernel().TerminateProcess(THIS_PROCESS, code);
}
