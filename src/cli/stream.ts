// Output of a task on its way to stdout: exact bytes for a program, cleaned text for a terminal unless it is to be raw.

import { fstatSync } from "node:fs";
import { isUnread } from "../operations/unread.ts";
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

const LOOK_MS = 500;

/** What the body gives, which prints what comes. Rejects with EPIPE also while nothing does: "logs -f server | grep -m1 ready". */
export async function whileRead<T>(body: () => Promise<T>): Promise<T> {
  if (!isPipe()) return body();
  const { promise: unread, reject } = Promise.withResolvers<never>();
  const look = async () => {
    if (await isUnread(STDOUT)) reject(Object.assign(new Error("nobody reads stdout any more"), { code: "EPIPE" }));
  };
  const looking = setInterval(() => void look().catch(reject), LOOK_MS); // the runtime listens to stdout only while that has no room
  try {
    return await Promise.race([body(), unread]);
  } finally {
    clearInterval(looking);
  }
}

function isPipe(): boolean {
  try {
    const found = fstatSync(STDOUT);
    return found.isFIFO() || found.isSocket();
  } catch {
    return false; // closed
  }
}
