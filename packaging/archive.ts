// Archives that tell nothing of when or by whom they were made: two of the same files are equal, byte for byte.

import { type Zippable, zipSync } from "fflate";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** What goes into an archive. */
export interface Entry {
  /** Its path in there. */
  name: string;
  bytes: Uint8Array;
  executable?: boolean;
}

const mode = ({ executable = false }: Entry) => (executable ? 0o755 : 0o644);

export async function tarred(entries: Entry[]): Promise<Uint8Array> {
  const archive = pack();
  for (const entry of entries)
    archive.entry({ name: entry.name, mode: mode(entry), mtime: new Date(0) }, Buffer.from(entry.bytes));
  archive.finalize();
  return Bun.gzipSync(new Uint8Array(await buffer(archive)));
}

export function zipped(entries: Entry[]): Uint8Array {
  // The first moment that a zip can hold, in the time zone of whoever builds: a zip knows none.
  const mtime = new Date(1980, 0, 1);
  const UNIX = 3; // the system whose modes are in the upper half of the attributes
  const files: Zippable = {};
  for (const entry of entries)
    files[entry.name] = [entry.bytes, { mtime, os: UNIX, attrs: ((0o100000 | mode(entry)) << 16) >>> 0 }];
  return zipSync(files);
}
