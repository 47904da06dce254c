// Looks through a task's output from a place on for the first line that matches, a part at a time: whoever asks can give up between two.

import type { Home } from "../home.ts";
import type { TaskId } from "../task.ts";
import { type ArrivedLine, ArrivingLines, type Place } from "./arriving.ts";
import { readFrom } from "./reader.ts";
import type { Trial } from "./trial.ts";

export interface Looked {
  found?: ArrivedLine;
  /** Where to look on when more has come. */
  place: Place;
  /** So far it was read. */
  readBytes: number;
}

const CHUNK_BYTES = 256 * 1024;
const PART_BYTES = 4 * CHUNK_BYTES;

/** Throws TooSlow. */
export function look(home: Home, id: TaskId, place: Place, trial: Trial): Looked {
  const lines = new ArrivingLines(place);
  let readBytes = place.startBytes;
  let last: string | undefined;
  while (readBytes < place.startBytes + PART_BYTES) {
    const { bytes, startBytes, nextBytes } = readFrom(home, id, readBytes, CHUNK_BYTES);
    if (startBytes > readBytes) lines.skip(startBytes - readBytes);
    if (nextBytes === readBytes) break;
    readBytes = nextBytes;
    for (const found of lines.push(bytes)) {
      if (found.line === last) continue; // much output is empty lines, or one again and again
      if (trial.matches(found.line)) return { found, place, readBytes };
      last = found.line;
    }
  }
  return { place: lines.place, readBytes };
}
