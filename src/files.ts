// Opening files of the home: never through a symlink that stands in the place of one, and never one that makes us wait, as a FIFO does.

import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";

/** Windows has neither. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;

/** Thrown with the code ENOTFILE for what is there and is no plain file. */
class NoPlainFile extends Error {
  readonly code = "ENOTFILE";
}

/** As open(2), for a plain file only; one that is made is its user's alone. Throws ELOOP for a symlink, ENOTFILE for anything else. */
export function openPlain(path: string, flags: number): number {
  if (process.platform === "win32" && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new NoPlainFile(`${path} is a link`);
  const fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new NoPlainFile(`${path} is no plain file`);
}

/** What the body makes of the file, opened as above; it is closed whatever happens. */
export function withFile<T>(path: string, flags: number, body: (fd: number) => T): T {
  const fd = openPlain(path, flags);
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

/** The same for a descriptor that stays open after the body, and is closed only when that throws. */
export function orClose<T>(fd: number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** True when opening failed because there is no such file, or something else in its place: both hold nothing of ours. */
export function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  return ["ENOENT", "ENOTDIR", "ELOOP", "ENOTFILE", "ENXIO"].includes(code);
}

/** False for a symlink to one. */
export function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** As openPlain, for a FIFO. */
export function openFifo(path: string, flags: number): number {
  const fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK);
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new NoPlainFile(`${path} is no FIFO`);
}
