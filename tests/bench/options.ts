// What the command line of the bench asks for.

import { parseArgs } from "node:util";

export const USAGE = `bun run bench [options]

  --quick            fewer rounds, smaller sizes, no peer is installed: about a minute
  --only A,B         these experiments, or those with these figures (--list names all)
  --list             names all experiments and their figures
  --binary PATH      another build than dist/backburner
  --against PATH     a second build, in turns with the first and in place of the peers (--peers: beside them)
  --rounds N         rounds of each experiment, in place of its own
  --homes DIR        where homes and logs lie (default: /dev/shm where it has room, else the temporary directory)
  --json             the result as JSON on stdout
  --write            keeps the result: docs/benchmarks.json, docs/benchmarks.md, the README's table. With --only the rest stays
  --compare          says which ratios have moved by more than a quarter since the kept result; exits with 1 if one got worse
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
      write: { type: "boolean", default: false },
      compare: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds)) {
    throw new Error(`--rounds is ${values.rounds}; expected a whole number above 0`);
  }
  if (values.write && (values.quick || values.against !== undefined || values.rounds !== undefined)) {
    throw new Error("--write keeps the full form alone: without --quick, --rounds and --against");
  }
  return { ...values, only: values.only.flatMap((names) => names.split(",")) };
}
