// Windows has no signals: whoever is at the same console can be sent Ctrl-C and Ctrl-Break, and anybody be ended.

import { ACCESS, createdAt, kernel, structure, withProcess } from "./kernel32.ts";
import type { Signals } from "./signals.ts";
import type { ProcessInfo } from "./table.ts";

const CTRL_C_EVENT = 0;
const CTRL_BREAK_EVENT = 1;
const EVERYBODY_AT_IT = 0;
/** As taskkill /F and the task manager have it. */
const EXIT_CODE_OF_ENDED = 1;

export const windowsSignals: Signals = {
  // Most programs clean up at the first only; the second reaches also those that have the first switched off.
  ways: () => [
    { ask: (processes) => send(CTRL_C_EVENT, processes), share: 0.8 },
    { ask: (processes) => send(CTRL_BREAK_EVENT, processes), share: 0.2 },
  ],

  kill(processes) {
    for (const one of processes) end(one);
  },

  resume() {},
};

function end({ pid, startedAt }: ProcessInfo): void {
  withProcess(pid, ACCESS.terminate | ACCESS.queryLimited, (handle) => {
    if (createdAt(handle) === startedAt) kernel().TerminateProcess(handle, EXIT_CODE_OF_ENDED);
  });
}

/** A supervisor has a console of its own, which its command is at. Nothing is sent where a stranger is at ours. */
function send(event: number, processes: ProcessInfo[]): boolean {
  const targets = new Set(processes.map(({ pid }) => pid));
  const others = atThisConsole().filter((pid) => pid !== process.pid);
  if (others.length === 0 || !others.every((pid) => targets.has(pid))) return false;
  return kernel().GenerateConsoleCtrlEvent(event, EVERYBODY_AT_IT) !== 0;
}

function atThisConsole(): number[] {
  for (let room = 64; ; room *= 2) {
    const { view, address } = structure(room * 4);
    const count = kernel().GetConsoleProcessList(address, room);
    if (count <= room) return Array.from({ length: count }, (_, at) => view.getUint32(at * 4, true));
  }
}
