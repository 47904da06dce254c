// What is handed out: an archive for each target, equal for equal sources, with its checksum.

import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { newHome, readText } from "./helpers/home.ts";
import { ROOT, unpackedRelease } from "./helpers/release.ts";

const NAME = `backburner-${version}-linux-x64`;

test("two builds of an archive are equal, its checksum is told, and the binary in it runs", () => {
  const [first, second] = [newHome(), newHome()];
  for (const outdir of [first, second])
    run([process.execPath, "build.ts", "--target", "linux-x64", "--outdir", outdir], ROOT);
  expect(readdirSync(first).toSorted()).toEqual(["SHA256SUMS", `${NAME}.tar.gz`, "linux-x64"]);
  expect(readText(join(first, "SHA256SUMS"))).toBe(readText(join(second, "SHA256SUMS")));
  run(["sha256sum", "--check", "--strict", "SHA256SUMS"], first);
  run(["tar", "xzf", `${NAME}.tar.gz`], first);
  expect(readdirSync(join(first, NAME)).toSorted()).toEqual(["LICENSE", "README.md", "backburner"]);
  expect(statSync(join(first, NAME, "backburner")).mode & 0o777).toBe(0o755);
  expect(run([join(first, NAME, "backburner"), "--version"], "/")).toContain(", linux-x64)");
}, 120_000);

test("an archive for Windows is a zip that holds an .exe", () => {
  const outdir = newHome();
  run([process.execPath, "build.ts", "--target", "windows-x64", "--outdir", outdir], ROOT);
  const name = `backburner-${version}-windows-x64`;
  const listed = run(["python3", "-m", "zipfile", "--list", `${name}.zip`], outdir);
  for (const file of ["backburner.exe", "README.md", "LICENSE"]) expect(listed).toContain(`${name}/${file}`);
  expect(
    readFileSync(join(outdir, "windows-x64", "backburner.exe"))
      .subarray(0, 2)
      .toString(),
  ).toBe("MZ");
}, 120_000);

test("the archive for this machine runs where nothing else is: no directory, no variable, no Node", async () => {
  const { binary } = await unpackedRelease("linux-x64");
  const home = newHome();
  const bare = ["env", "-i", `BACKBURNER_HOME=${home}`, binary];
  expect(run([...bare, "start", "--wait", "--", "echo $((6 * 7))"], "/")).toContain("42");
  expect(run([...bare, "list", "--json"], "/")).toContain('"status":"completed"');
}, 120_000);

test("the archive for this machine does the main job for a real client", async () => {
  const { archive } = await unpackedRelease("linux-x64");
  const smoke = run([process.execPath, "tests/smoke.ts", archive], ROOT);
  expect(smoke.match(/^ok {2}/gm)).toHaveLength(5);
}, 120_000);

test("a target that does not exist is refused with those that do", () => {
  const { stderr, exitCode } = Bun.spawnSync([process.execPath, "build.ts", "--target", "beos"], { cwd: ROOT });
  expect(exitCode).not.toBe(0);
  expect(stderr.toString()).toContain('there is no target "beos"; there are linux-x64, ');
});

function run(command: string[], cwd: string): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { cwd });
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
}
