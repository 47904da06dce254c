// What the command line of the bench asks for.

import { parseArgs } from "node:util";

export const USAGE = `bun run bench [options]

  --quick            fewer rounds, smaller sizes: under a minute
  --only A,B         these experiments or figures alone (names in the table's first column; --list shows them)
  --list             names all experiments and figures
  --binary PATH      another build than dist/backburner
  --against PATH     a second build, in turns with the first: their ratios instead of peers' (--peers: those as well)
  --rounds N         rounds of each experiment, in place of its own
  --homes DIR        where homes and logs lie (default: /dev/shm where it has room, else the temporary directory)
  --json             the result as JSON on stdout
`;

export function readOptions(argv: string[]) {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      list: { type: "boolean", default: false },
      binary: { type: "string" },
      against: { type: "string" },
      peers: { type: "boolean" },
      rounds: { type: "string" },
      homes: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return { ...values, only: values.only.flatMap((names) => names.split(",")) };
}
