// Splits a stream of bytes into lines. Knows nothing of JSON.

/** One line without its newline; or, of one that was too long to keep, only its length. */
export type Line = { bytes: Uint8Array } | { tooLongBytes: number };

const NEWLINE = 10;

/** Yields every line, also a last one without a newline. Of a line over `mostBytes` nothing is kept. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let lengthBytes = 0;
  const keep = (part: Uint8Array) => {
    lengthBytes += part.length;
    if (lengthBytes > mostBytes) parts = [];
    else parts.push(part);
  };
  const take = (): Line => {
    const line = lengthBytes > mostBytes ? { tooLongBytes: lengthBytes } : { bytes: Buffer.concat(parts) };
    parts = [];
    lengthBytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at));
      yield take();
      from = at + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (lengthBytes > 0) yield take();
}
