// The umask: what this program makes is its user's alone, whatever the caller's umask says; the command gets the caller's.

let callers: number | undefined;

/** From here on nothing that this process makes can be opened by others, and everything by itself: also under a umask like 0777. */
export function closeUmask(): void {
  callers ??= process.umask(0o077);
}

/** As this process was started with. */
export function callersUmask(): number {
  return callers ?? process.umask();
}
