// Ways to run the program "denied" through arguments: what builtins and programs make of theirs, however these are written.

import { type Attempt, both } from "./bypasses.ts";

export const BY_ARGUMENTS: Record<string, Attempt[]> = {
  "the words of trap": both(
    "trap {denied,EXIT}",
    "x='denied EXIT'; trap $x",
    "x='denied${IFS}x EXIT'; trap -- $x",
    "trap $(echo denied EXIT)",
    'set -- denied EXIT; trap "$@"',
    "bash -c 'trap {denied,EXIT}'",
  ),
};
