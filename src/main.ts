// argv decides the role: a person's CLI, an agent's MCP server, the supervisor of one task, or a searcher. Each is loaded only when taken.

import { begunOf } from "./process/given.ts";
import { SEARCH_VERB } from "./process/self.ts";
import { SUPERVISE_VERB } from "./process/tree.ts";

const [verb, ...rest] = process.argv.slice(2);

if (verb === SUPERVISE_VERB) {
  const { supervise } = await import("./supervisor/supervise.ts");
  const told = process.env.BACKBURNER_HOME;
  const [id = "", begun] = rest;
  await supervise(told ? told : await ownHome(), id, begunOf(begun));
  process.exit(0);
} else if (verb === SEARCH_VERB) {
  if (process.platform === "linux") {
    const { dieWithParent } = await import("./process/libc.ts");
    dieWithParent(); // in the middle of a hopeless search nobody hears that stdin has ended
  }
  const { serveSearches } = await import("./output/searcher.ts");
  await serveSearches(await ownHome());
  process.exit(0);
} else if (verb === "mcp" ? !rest.some(asksForHelp) : verb === undefined && !process.stdin.isTTY) {
  const { serve } = await import("./mcp/serve.ts");
  await serve(rest);
} else {
  const { run } = await import("./cli/run.ts");
  await run(process.argv.slice(2));
}

/** Who is sent by one of ours is told an absolute path. */
async function ownHome(): Promise<string> {
  const { homeOf } = await import("./given-home.ts");
  return homeOf(process.env);
}

function asksForHelp(argument: string): boolean {
  return argument === "-h" || argument === "--help";
}
