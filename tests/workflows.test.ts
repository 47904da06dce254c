// The workflows for GitHub: valid for its schema, with no more rights than they need, and of commands that exist.

import { expect, test } from "bun:test";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { scripts } from "../package.json";
import { ALL_TARGETS } from "../packaging/targets.ts";
import { readText } from "./helpers/home.ts";
import { ROOT } from "./helpers/release.ts";

interface Job {
  permissions?: Record<string, string>;
  strategy?: { matrix: { include?: { target: string }[] } };
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const NAMES = ["ci", "release"];
const textOf = (name: string) => readText(join(ROOT, ".github/workflows", `${name}.yml`));
const workflow = (name: string) => Bun.YAML.parse(textOf(name)) as Workflow;
const stepsOf = (name: string) => Object.values(workflow(name).jobs).flatMap(({ steps }) => steps);

/** What GitHub's own parser has to say of it: keys, expressions, rights, jobs that need each other. */
async function errorsOf(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: "workflow.yml", content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

test.each(NAMES)("%s.yml is a workflow as GitHub understands it", async (name) => {
  expect(await errorsOf(textOf(name))).toEqual([]);
});

test.each([
  ["runs-on:", "runs-at:", "Unexpected value 'runs-at'"],
  ["needs: build", "needs: nothing", "depends on unknown job 'nothing'"],
  ["attestations: write", "attestation: write", "Unexpected value 'attestation'"],
  ["matrix.target", "matrixx.target", "Unrecognized named-value: 'matrixx'"],
])("with %s made %s it would be refused", async (right, wrong, said) => {
  expect((await errorsOf(textOf("release").replaceAll(right, wrong))).join("\n")).toContain(said);
});

test.each(NAMES)("%s.yml runs scripts and files that exist", (name) => {
  const lines = stepsOf(name).flatMap(({ run = "" }) => run.split("\n"));
  const named = lines.flatMap((line) => [...line.matchAll(/npx bun run ([\w:-]+)/g)].map(([, script = ""]) => script));
  expect(named.length).toBeGreaterThan(2);
  for (const script of named) expect(Object.keys(scripts)).toContain(script);
  for (const [, flag = ""] of lines.join("\n").matchAll(/bun run build (?:.* )?--([\w-]+)/g))
    expect(readText(join(ROOT, "build.ts"))).toMatch(new RegExp(`^ +"?${flag}"?: \\{ type`, "m"));
  expect(lines.join("\n")).toContain(".ci/run");
  expect(existsSync(join(ROOT, ".ci/run"))).toBe(true);
  // The same runtime as everywhere.
  const { bun } = (JSON.parse(readText(join(ROOT, "package.json"))) as { devDependencies: { bun: string } })
    .devDependencies;
  for (const [, pinned] of textOf(name).matchAll(/bun@(\S+)/g)) expect(pinned).toBe(bun);
});

test.each(NAMES)("%s.yml reads, and nothing but publishing may write", (name) => {
  const { permissions, jobs } = workflow(name);
  expect(permissions).toEqual({ contents: "read" });
  for (const [job, { permissions: own }] of Object.entries(jobs))
    expect(own).toEqual(
      job === "publish" ? { contents: "write", "id-token": "write", attestations: "write" } : undefined,
    );
  for (const { uses } of stepsOf(name)) if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
  for (const { uses, with: inputs } of stepsOf(name))
    if (uses?.startsWith("actions/checkout@")) expect(inputs).toEqual({ "persist-credentials": false });
  // What somebody outside can write, such as a title, stands in no command.
  for (const { run = "" } of stepsOf(name)) expect(run).not.toMatch(/\$\{\{ *(github|inputs|env)\./);
});

test("a release tries the archive of every target before it publishes", () => {
  const { jobs } = workflow("release");
  const tried = Object.values(jobs).flatMap(({ strategy }) => strategy?.matrix.include ?? []);
  expect(tried.map(({ target }) => target).toSorted()).toEqual(ALL_TARGETS.toSorted());
  expect(jobs.publish).toMatchObject({ needs: ["build", "verify", "smoke", "smoke-musl"] });
});
