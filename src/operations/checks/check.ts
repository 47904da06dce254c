// What a check is given, and what it finds.

import type { Home } from "../../home.ts";

export type Level = "ok" | "warning" | "problem";

export interface Finding {
  /** What was looked at. */
  check: string;
  level: Level;
  message: string;
  /** What to do about it. */
  advice?: string;
  /** What can be done about it from here, and without asking. Answers with what was done. */
  repair?: () => string | Promise<string>;
}

export interface Surroundings {
  home: Home;
  env: Record<string, string | undefined>;
}

export type Check = (about: Surroundings) => Finding[] | Promise<Finding[]>;

/** Makers of the findings of one check. */
export function findings(check: string) {
  const found =
    (level: Level) =>
    (message: string, advice?: string, repair?: Finding["repair"]): Finding => ({
      check,
      level,
      message,
      ...(advice !== undefined && { advice }),
      ...(repair && { repair }),
    });
  return { ok: found("ok"), warning: found("warning"), problem: found("problem") };
}

/** A path as a shell takes it. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
