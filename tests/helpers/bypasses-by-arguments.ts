// Ways to run the program "denied" through arguments: what builtins and programs make of theirs, however these are written.

import { type Attempt, allowOnly, both, unprovenAllowOnly } from "./bypasses.ts";

export const BY_ARGUMENTS: Record<string, Attempt[]> = {
  "options that run or write something": [
    ...both("strace -o '|denied' true; sleep 0.2"),
    ...allowOnly("strace -o '|./denied' env true; sleep 0.2"),
    ...unprovenAllowOnly("ltrace -o ../x true", "strace -o ../x true"),
  ],
  "the words of trap": both(
    "trap {denied,EXIT}",
    "x='denied EXIT'; trap $x",
    "x='denied${IFS}x EXIT'; trap -- $x",
    "trap $(echo denied EXIT)",
    'set -- denied EXIT; trap "$@"',
    "bash -c 'trap {denied,EXIT}'",
  ),
};
