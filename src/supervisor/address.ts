// Where a control socket is bound. A path that is too long for that holds a symlink instead, to a socket in a directory of the user's own
// below the one for temporary files. The link moves on to the next task as a socket does, and is only followed to what is the user's alone.

import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { above, below } from "../home.ts";
import { LONGEST_SOCKET_PATH } from "../process/system.ts";

/** Calls `bind` with the path to bind to, so that the socket can be reached at `path`. Removes what was there. */
export function bindAt<T>(path: string, bind: (bound: string) => T): T {
  remove(path); // a stale one would give EADDRINUSE
  if (fits(path)) return bind(path);
  const directory = ownDirectory();
  mkdirSync(directory, { mode: 0o700, recursive: true });
  demandOwn(directory);
  const bound = below(directory, crypto.randomUUID().slice(0, RANDOM_LENGTH));
  const result = bind(bound);
  symlinkSync(bound, path); // once somebody listens there: others watch for it
  return result;
}

/** The path to connect to for the socket at `path`. Throws ENOENT where there is none. */
export function reachable(path: string): string {
  if (fits(path)) return path;
  const bound = readlinkSync(path);
  demandOwn(above(bound));
  return bound;
}

/** Removes the socket at `path`, if there is one. */
export function remove(path: string): void {
  try {
    if (!fits(path)) rmSync(reachable(path), { force: true });
  } catch {} // nothing that is ours
  rmSync(path, { force: true });
}

const RANDOM_LENGTH = 13;

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_SOCKET_PATH;
}

function ownDirectory(): string {
  const name = `backburner-${process.getuid?.()}`;
  const preferred = below((process.env.TMPDIR ?? "/tmp").replace(/(?<=.)\/$/, ""), name);
  return fits(below(preferred, "0".repeat(RANDOM_LENGTH))) ? preferred : below("/tmp", name);
}

/** Others may write where temporary files are: what they have put there in its place is not used. */
function demandOwn(directory: string): void {
  const { uid, mode } = lstatSync(directory);
  const isOwn = (mode & S_IFMT) === S_IFDIR && uid === process.getuid?.() && (mode & 0o077) === 0;
  if (!isOwn) throw new Error(`${directory} is in the way: it has to be a directory that only its user can open`);
}

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
