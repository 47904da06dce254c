// Files of lines such as programs print, of any size.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

export const MIB = 2 ** 20;

/** A file of so many MiB, made once. */
export async function fileOfLines(bench: Bench, mib: number): Promise<string> {
  const path = join(bench.scratch, `lines-${mib}`);
  if (existsSync(path)) return path;
  const lines = Array.from(
    { length: 16_384 },
    (_, n) => `[${n}] a line of output as programs print it, neither short nor long`,
  );
  const block = `${lines.join("\n")}\n`.slice(0, MIB);
  const writer = Bun.file(path).writer();
  for (let written = 0; written < mib; written += 1) await writer.write(block);
  await writer.end();
  return path;
}
