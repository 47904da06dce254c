// What commander loads of the runtime and hardly ever uses is loaded when it is used: node:util measures a line of help, node:child_process
// would run a verb that is a program of its own, which we have none of. Together they are a tenth of a short call of the CLI.

import type { BunPlugin } from "bun";

/** Commander's imports, by its files, and what stands in their place. */
const IMPORTS: [file: RegExp, own: string, lazy: string][] = [
  [
    /command\.js$/,
    "import childProcess from 'node:child_process';",
    "const childProcess = { spawn: (...args) => require('node:child_process').spawn(...args) };",
  ],
  [
    /(command|help)\.js$/,
    "import { stripVTControlCharacters } from 'node:util';",
    "const stripVTControlCharacters = (text) => require('node:util').stripVTControlCharacters(text);",
  ],
];

export const lazyCommander: BunPlugin = {
  name: "lazy commander",
  setup(build) {
    build.onLoad({ filter: /[\\/]commander[\\/]lib[\\/](command|help)\.js$/ }, async ({ path }) => ({
      contents: withLazyImports(path, await Bun.file(path).text()),
      loader: "js",
    }));
  },
};

/** Throws when it does not import them this way any more. */
function withLazyImports(path: string, source: string): string {
  let changed = source;
  for (const [file, own, lazy] of IMPORTS) {
    if (!file.test(path)) continue;
    if (!changed.includes(own))
      throw new Error(`${path} has other imports: packaging/lazy-commander.ts is to be looked at`);
    changed = changed.replace(own, lazy);
  }
  return changed;
}
