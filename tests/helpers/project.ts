// A real project for the agent to work on: the minimist package with its test suite, once as it is and once with a bug.

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const MODULES = resolve(import.meta.dir, "../../node_modules");
/** Runs the suite in the current directory. */
export const SUITE = `'${join(MODULES, ".bin/tape")}' 'test/*.js'`;

export interface Project {
  directory: string;
  /** Where the suite passes. */
  good: string;
  /** Where it fails. */
  broken: string;
}

export function newProject(directory: string): Project {
  const [good, broken] = [join(directory, "minimist"), join(directory, "minimist-broken")];
  mkdirSync(join(directory, "node_modules"), { recursive: true });
  symlinkSync(join(MODULES, "tape"), join(directory, "node_modules/tape"));
  for (const copy of [good, broken]) cpSync(join(MODULES, "minimist"), copy, { recursive: true });
  const source = readFileSync(join(broken, "index.js"), "utf8");
  const wrong = source.replace("function isNumber(x) {", "function isNumber(x) { return false;");
  if (wrong === source) throw new Error("minimist has changed: there is nothing to break in it");
  writeFileSync(join(broken, "index.js"), wrong);
  return { directory, good, broken };
}
