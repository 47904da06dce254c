// Puts the next version of a host's settings file in its place, while others, the host among them, may do the same.

import {
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { nap } from "../nap.ts";
import { badHostFile } from "../wording.ts";
import { readSettings } from "./settings.ts";

/** How long another of us may take that is replacing the file; what it left behind longer ago is of one that died. */
const MOST_REPLACING_MS = 5_000;

/** Somebody else has changed the file since it was read. */
export class Changed extends Error {}

/**
 * Replaces the file in one step, where a symlink leads, if `before` is what it holds; who reads it meanwhile sees the old or the new.
 * The old one is kept beside it. Answers with the path of that, if there was one. Throws Changed, or `bad_config`.
 */
export function replaceFile(given: string, before: string, after: string): string | undefined {
  const path = whereItLeads(given);
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.backburner.tmp`;
  claim(path, next);
  try {
    if (readSettings(path) !== before) throw new Changed(path);
    const old = statSync(path, { throwIfNoEntry: false });
    writeFileSync(next, after);
    chmodSync(next, old ? old.mode & 0o7777 : 0o600);
    if (old) keepOwner(path, next, old);
    const backup = `${path}.before-backburner`;
    if (old) copyFileSync(path, backup);
    renameSync(next, path);
    return old ? backup : undefined;
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** Also where nothing lies there yet. */
function whereItLeads(given: string): string {
  let path = given;
  for (let links = 0; links < 40 && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink(); links += 1)
    path = resolve(realpathSync(dirname(path)), readlinkSync(path));
  return path;
}

/** Who has made the next version is the one who may put it in its place. */
function claim(path: string, next: string): void {
  let [holder, sinceMs]: [number | undefined, number] = [undefined, 0];
  for (;;) {
    try {
      return writeFileSync(next, "", { flag: "wx", mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const found = lstatSync(next, { throwIfNoEntry: false });
    if (!found) continue;
    if (found.isDirectory()) throw badHostFile(path, `the directory ${next} is in the way`);
    if (found.ino !== holder) [holder, sinceMs] = [found.ino, performance.now()];
    const isLeft = found.mtimeMs < Date.now() - MOST_REPLACING_MS || performance.now() - sinceMs > MOST_REPLACING_MS;
    if (isLeft) rmSync(next, { force: true });
    else nap(RETRY_MS);
  }
}
const RETRY_MS = 5;

function keepOwner(path: string, next: string, { uid, gid }: Stats): void {
  const own = statSync(next);
  if (own.uid === uid && own.gid === gid) return;
  try {
    chownSync(next, uid, gid);
  } catch {
    throw badHostFile(path, "it is another user's, and would become yours");
  }
}
