// The least that a program of this runtime does: it answers each line with a line, or leaves at once when it is given a word.

if (process.argv.length > 2) {
  process.stdout.write("…\n");
} else {
  process.stdin.on("data", (lines: Buffer) => {
    for (const [, id] of lines.toString().matchAll(/"id":(\d+)/g)) {
      process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}\n`);
    }
  });
}
