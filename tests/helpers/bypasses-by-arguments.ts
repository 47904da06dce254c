// Ways to run the program "denied" through arguments: what builtins and programs make of theirs, however these are written.

import { type Attempt, allowOnly, both, unprovenAllowOnly } from "./bypasses.ts";

export const BY_ARGUMENTS: Record<string, Attempt[]> = {
  "options that run or write something": [
    ...both("strace -o '|denied' true; sleep 0.2"),
    ...allowOnly("strace -o '|./denied' env true; sleep 0.2"),
    ...unprovenAllowOnly("ltrace -o ../x true", "strace -o ../x true"),
  ],
  "what find takes for -exec": [
    ...both(
      'x=\\;; find . -maxdepth 0 -exec true "$x" -exec denied \\;',
      "find . -maxdepth 0 -exec flock + denied \\;",
    ),
    ...allowOnly(
      'x=-exec; find . -maxdepth 0 "$x" denied \\;',
      'x=-exec; y=denied; find . -maxdepth 0 "$x" "$y" \\;',
      'x=-exec; y=\\;; find . -maxdepth 0 "$x" denied "$y"',
      'x=\\; y=-exec; find . -maxdepth 0 -exec true "$x" "$y" denied \\;',
      "find . -maxdepth 0 {-exec,denied,\\;}",
      "find . -maxdepth 0 -{print,exec} denied \\;",
      "find . -maxdepth {0,-exec} denied \\;",
      "echo '-exec denied ;' | xargs find . -maxdepth 0",
      "echo -exec | xargs -IX find . -maxdepth 0 X denied \\;",
      'find . -maxdepth 0 "$(echo -exec)" denied \\;',
      'find . -maxdepth 0 -exec"$nothing" denied \\;',
      'find . -maxdepth 0 -"$(echo exec)" denied {} +',
      'set -- -exec denied \\;; find . -maxdepth 0 "$@"',
    ),
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
