// Runs scenarios of the official conformance suite against our handlers over HTTP.

import { join } from "node:path";
import { Glob } from "bun";
import { newHome } from "../helpers/home.ts";

const ROOT = join(import.meta.dir, "../..");
const SUITE = join(ROOT, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const AT_ONCE = 3;

/** How many checks ended how, by scenario. A scenario that the suite skips at that revision has none. */
export type Counts = Record<string, Record<string, number>>;

interface Check {
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  errorMessage?: string;
}

/** Serves the fixtures on a home of their own, and runs the scenarios at that revision, a few at a time. */
export async function runScenarios(
  scenarios: string[],
  revision: string,
  env: Record<string, string> = {},
): Promise<{ counts: Counts; complaints: string[] }> {
  const home = newHome();
  const server = Bun.spawn([process.execPath, join(import.meta.dir, "server.ts")], {
    env: { ...process.env, ...env, BACKBURNER_HOME: home },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const url = await firstLine(server.stdout);
  const counts: Counts = {};
  const complaints: string[] = [];
  const left = [...scenarios];
  const runNext = async (): Promise<void> => {
    for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
      const checks = await runScenario(`${url}mcp`, scenario, revision, join(home, "results", scenario));
      const ended: Record<string, number> = (counts[scenario] = {});
      for (const { id, status, errorMessage } of checks) {
        ended[status] = (ended[status] ?? 0) + 1;
        if (status === "FAILURE" || status === "WARNING") complaints.push(`${scenario}: ${id}: ${errorMessage}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
  await server.stdin.end();
  await server.exited;
  return { counts, complaints };
}

async function runScenario(url: string, scenario: string, revision: string, directory: string): Promise<Check[]> {
  // Bun runs it: it wants a newer Node than a bare machine may have.
  const run = Bun.spawn(
    [
      process.execPath,
      "--bun",
      SUITE,
      "server",
      "--url",
      url,
      "--scenario",
      scenario,
      "--output-dir",
      directory,
    ].concat(
      ["--spec-version", revision, "--force"], // an extension is of no revision
    ),
    { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [printed, complaint] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  for (const path of new Glob("**/checks.json").scanSync({ cwd: directory, absolute: true }))
    return (await Bun.file(path).json()) as Check[];
  throw new Error(`the suite left no results of ${scenario}: ${complaint}${printed}`);
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) return text.trim();
  }
  throw new Error("the server left before it said where it is");
}
