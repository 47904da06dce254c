// Output of a task on its way to stdout: exact bytes for a program, cleaned text for a terminal unless it is to be raw.

import { isTerminal, print, STDOUT } from "./terminal.ts";
import { Cleaner, strip } from "./text.ts";

/** Resolves once all of it was taken. Rejects with EPIPE when nobody reads any more. */
export async function showOutput(chunks: AsyncIterable<Uint8Array>, raw = false): Promise<void> {
  if (raw || !isTerminal(STDOUT)) {
    for await (const chunk of chunks) await print(chunk);
    return;
  }
  const cleaner = new Cleaner();
  for await (const chunk of chunks) await print(cleaner.push(chunk));
  await print(cleaner.end());
}

/** Text that is cleaned for reading, as a terminal may be given it. */
export async function showText(text: string): Promise<void> {
  await print(isTerminal(STDOUT) ? strip(text) : text);
}
