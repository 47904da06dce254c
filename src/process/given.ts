// What a supervisor finds open when its command was started together with it (head-start.ts): both ends of the command's pipes. What is
// read from each begins with a filler, which fills the pipe to its end.

export const GIVEN = { stdout: { readFd: 3, writeFd: 4 }, stderr: { readFd: 5, writeFd: 6 } } as const;
/** Where the command's stdin is open. */
export const GIVEN_STDIN = 7;

/** What became of that command: it runs, or it can't be executed. */
export type Begun = Running | { errno: number };

export interface Running {
  pid: number;
  /** In each of its pipes. */
  fillerBytes: number;
}

/** As head-start.c says it: "PID:FILLER", an errno's negative, or 0. `undefined`: nothing has begun. */
export function begunOf(text = "0"): Begun | undefined {
  const [number = 0, fillerBytes = 0] = text.split(":").map(Number);
  return number === 0 ? undefined : number > 0 ? { pid: number, fillerBytes } : { errno: -number };
}
