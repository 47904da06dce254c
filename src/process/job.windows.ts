// A Job Object that this process is in and all that it starts: whom the task's command has brought forth is in it, whatever becomes
// of their parents, and the system ends them together with this process.

import { type Handle, kernel, NO_HANDLE, structure } from "./kernel32.ts";

/** Who asks to be started outside may be: a supervisor that a task of ours starts is not ours (JOBOBJECT_BASIC_LIMIT_INFORMATION). */
const BREAKAWAY_OK = 0x0800;
const KILL_ON_JOB_CLOSE = 0x2000;

const EXTENDED_LIMITS = 9;
const PROCESS_IDS = 3;
const EXTENDED_BYTES = 144;
export const THIS_PROCESS = 2n ** 64n - 1n; // what GetCurrentProcess gives

export interface Job {
  /** Pids of all that are in it, this process among them. */
  members(): number[];
  /** This process ends and they go on. */
  release(): void;
}

/** Throws where the system refuses. */
export function enterJob(): Job {
  const job = kernel().CreateJobObjectW(null, null);
  if (job === NO_HANDLE) throw failed("CreateJobObjectW");
  limit(job, BREAKAWAY_OK | KILL_ON_JOB_CLOSE);
  if (kernel().AssignProcessToJobObject(job, THIS_PROCESS) === 0) throw failed("AssignProcessToJobObject");
  return { members: () => membersOf(job), release: () => limit(job, BREAKAWAY_OK) };
}

function limit(job: Handle, flags: number): void {
  const { view, address } = structure(EXTENDED_BYTES);
  view.setUint32(16, flags, true); // BasicLimitInformation.LimitFlags
  if (kernel().SetInformationJobObject(job, EXTENDED_LIMITS, address, EXTENDED_BYTES) === 0)
    throw failed("SetInformationJobObject");
}

function membersOf(job: Handle): number[] {
  for (let room = 256; ; room *= 2) {
    const bytes = 8 + room * 8; // JOBOBJECT_BASIC_PROCESS_ID_LIST
    const { view, address } = structure(bytes);
    const enough = kernel().QueryInformationJobObject(job, PROCESS_IDS, address, bytes, null) !== 0;
    const listed = view.getUint32(4, true);
    if (enough && listed === view.getUint32(0, true))
      return Array.from({ length: listed }, (_, at) => Number(view.getBigUint64(8 + at * 8, true)));
    if (!enough && kernel().GetLastError() !== ERROR_MORE_DATA) throw failed("QueryInformationJobObject");
  }
}
const ERROR_MORE_DATA = 234;

function failed(call: string): Error {
  return new Error(`${call} failed (error ${kernel().GetLastError()})`);
}
