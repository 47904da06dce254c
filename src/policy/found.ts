// What is found in a command line: all that a policy has an opinion on. Pure data.

import type { Word } from "./words.ts";

/** How a shell reads its text. Others are not judged. */
export type Dialect = "bash" | "sh";

/** A simple command, quotes removed. */
export interface Simple {
  words: Word[];
  /** It hands over to a command within it, which is found as well: that one is what has to be allowed. */
  wraps: boolean;
}

/** A variable that is given a value. */
export interface Setting {
  name: string;
  /** Programs that are started get to see it. */
  exported: boolean;
}

export interface Found {
  simple: Simple[];
  settings: Setting[];
  /** Files that a redirection writes to. */
  writes: Word[];
  /** Where a plain `cd` goes to: relative targets of redirections lie there. */
  cds: Word[];
  /** What can't be judged, whatever the list: one clause each. */
  opaque: string[];
  /** What can't be judged by a list of what is allowed: one clause each. */
  unclear: string[];
}
