// The store: sound, of a version that we know, and free to be written.

import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sizeText } from "../../amounts.ts";
import { messageOf } from "../../errors.ts";
import { type Home, storePath } from "../../home.ts";
import { canBeWritten, damageOf, getStatuses, openAsItIs, versionOf } from "../../store/inspect.ts";
import { STORE_VERSION } from "../../store/migrations.ts";
import { remake, type Store } from "../../store/open.ts";
import { isDamage } from "../../store/repair.ts";
import { storeRemadeElsewhere } from "../../wording.ts";
import { type Check, type Finding, findings } from "./check.ts";

const { ok, warning, problem } = findings("store");

const BUSY_MS = 300;

export const checkStore: Check = ({ home }) => {
  const aside = putAside(home);
  const path = storePath(home);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return [ok("there is none yet; the first task makes it"), ...aside];
  if (!there.isFile()) return aside; // the home's check tells of it
  let store: Store | undefined;
  try {
    store = openAsItIs(home, BUSY_MS);
    return [...look(home, store, there.size), ...aside];
  } catch (error) {
    if (isDamage(error)) return [damaged(home, messageOf(error)), ...aside];
    return [problem(`${path} can't be read (${messageOf(error)})`, "make it readable and writable for you"), ...aside];
  } finally {
    store?.close();
  }
};

function look(home: Home, store: Store, bytes: number): Finding[] {
  const damage = damageOf(store);
  if (damage !== undefined) return [damaged(home, damage)];
  const version = versionOf(store);
  const path = storePath(home);
  if (version > STORE_VERSION)
    return [
      problem(
        `${path} is of a newer backburner (schema ${version}, this one knows ${STORE_VERSION})`,
        "install that version, or set BACKBURNER_HOME to another directory",
      ),
    ];
  if (!canBeWritten(store))
    return [
      warning(
        `another process has kept ${path} locked for more than ${BUSY_MS} ms`,
        `look again; if it stays so, "fuser -v ${path}" shows who it is`,
      ),
    ];
  if (version < STORE_VERSION) return [ok(`it is sound; the next verb brings schema ${version} to ${STORE_VERSION}`)];
  const count = getStatuses(store).size;
  return [ok(`it is sound: ${count} ${count === 1 ? "task" : "tasks"}, ${sizeOf(bytes)}, schema ${version}`)];
}

function damaged(home: Home, why: string): Finding {
  return problem(
    `${storePath(home)} is damaged (${why.split("\n").join(" ")})`,
    "any other verb puts it aside and makes it again from what can be read of it and from the tasks' directories",
    () => (remake(home) ?? storeRemadeElsewhere(storePath(home))).message,
  );
}

/** Damaged ones are kept, as nobody knows whether everything in them was saved. */
function putAside(home: Home): Finding[] {
  let names: string[] = [];
  try {
    names = readdirSync(home).filter((name) => /^backburner\.db\.broken-[^.-]*$/.test(name));
  } catch {
    return []; // the home's check tells of it
  }
  return names.map((name) =>
    warning(
      `${join(home, name)} was put aside because it was damaged`,
      "look whether a task is missing; then remove it, with -wal and -shm if they are there",
    ),
  );
}

function sizeOf(bytes: number): string {
  const unit = bytes >= 2 ** 20 ? 2 ** 20 : 2 ** 10;
  return sizeText(Math.ceil(bytes / unit) * unit);
}
