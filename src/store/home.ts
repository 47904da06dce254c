// The home as a directory on disk: made when it is not there, and used only when nobody else can put anything into it.

import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats, statSync } from "node:fs";
import { homeOfOther, homeOpenToOthers, notOursInHome } from "../wording.ts";
import { isDirectory } from "../files.ts";
import { below, configPath, type Home, storePath, tasksDir } from "../home.ts";

const WRITABLE_BY_OTHERS = 0o022;

/** May itself be a symlink; nothing in it is. Throws `unavailable`, and what mkdir(2) throws. */
export function prepareHome(home: Home): void {
  const found = statSync(home, { throwIfNoEntry: false });
  if (found) checkOwner(home, found);
  mkdirSync(tasksDir(home), { recursive: true, mode: 0o700 });
  if (!isDirectory(tasksDir(home))) throw notOursInHome(tasksDir(home), "directory");
  const store = storePath(home);
  for (const path of [store, `${store}-wal`, `${store}-shm`]) {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there && !there.isFile()) throw notOursInHome(path, "plain file");
  }
}

/** Another user's files could be put under our feet, or ours under theirs: root is no exception. */
function checkOwner(home: Home, found: Stats): void {
  if (!found.isDirectory()) throw new Error("it is not a directory");
  if (process.geteuid === undefined) return; // Windows: no owner and no mode to speak of
  if (found.uid !== process.geteuid()) throw homeOfOther(home);
  if ((found.mode & 0o077) !== 0 && isNew(home)) chmodSync(home, 0o700);
  else if ((found.mode & WRITABLE_BY_OTHERS) !== 0) throw homeOpenToOthers(home, (found.mode & 0o7777).toString(8));
}

/** Made for us with mkdir(1), and nothing of anybody is in it yet. */
function isNew(home: Home): boolean {
  return readdirSync(home).every((name) => below(home, name) === configPath(home));
}
