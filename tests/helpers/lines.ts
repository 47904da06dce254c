// A process's output as lines, as they come: what servers on stdio speak in.

/** The lines of each chunk that ends at least one. What follows the last line break is not told. */
export async function* linesOf(output: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of output) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
    pending = lines.pop() ?? "";
    if (lines.length > 0) yield lines;
  }
}
