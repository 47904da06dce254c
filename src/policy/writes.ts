// Files that redirections write to: under an allow list, only below the task's own directory. Pure.

import { isAbsolute, join, resolve } from "node:path";
import type { Word } from "./words.ts";

const FREE = new Set(["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/2"]);

export interface Place {
  cwd: string;
  /** Of backburner: who writes there could write a policy of his own. */
  home: string;
  /** Where the command goes to on its way. */
  cds: Word[];
}

/** The target is a plain name below the directory, or no file at all. Names with a leading dot hold what other programs run. */
export function isFreeTarget(target: Word, { cwd, home, cds }: Place): boolean {
  if (!target.literal) return false;
  if (FREE.has(target.text)) return true;
  if (![target, ...cds].every(staysBelow)) return false;
  const path = resolve(join(cwd, ...cds.map((word) => word.text)), target.text);
  return !path.startsWith(`${resolve(home)}/`) && !/\/\./.test(path);
}

function staysBelow({ text, literal }: Word): boolean {
  return literal && text !== "" && !isAbsolute(text) && !/^[-~]|(?:^|\/)\.(?!\/|$)/.test(text);
}
