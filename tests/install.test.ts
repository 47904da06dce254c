// install.sh of a release, run from a server on this machine that has the real archives.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { newHome, readText } from "./helpers/home.ts";
import { ROOT, wholeRelease } from "./helpers/release.ts";

let directory: string;
/** What comes in place of a file, by its name. */
const instead = new Map<string, Blob>();
const asked: string[] = [];
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const name = new URL(request.url).pathname.slice(1);
    asked.push(name);
    const file = instead.get(name) ?? Bun.file(join(directory, name));
    return file instanceof Blob && file.size > 0 ? new Response(file) : new Response("not found", { status: 404 });
  },
});

beforeAll(async () => {
  directory = await wholeRelease();
}, 300_000);
afterAll(() => server.stop(true));

/** As the README shows it, but for the place. */
const LINE = (/^curl .*install\.sh \| sh$/m.exec(readText(join(ROOT, "README.md")))?.[0] ?? "").replace(
  "https://github.com/OWNER/NAME/releases/latest/download",
  server.url.origin,
);

/** As a person without Node does: nothing but a shell, a downloader and tar; `programs` stand before all others on the PATH. */
async function install(env: Record<string, string> = {}, programs: Record<string, string> = {}, line = LINE) {
  const home = newHome();
  const own = newHome();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(own, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(own, name), 0o755);
  }
  const run = Bun.spawn(["/bin/sh", "-c", line], {
    cwd: "/",
    env: { PATH: `${own}:/usr/bin:/bin`, HOME: home, BACKBURNER_DOWNLOADS: server.url.origin, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  return { code, stdout, stderr, home };
}

test("one line installs the binary for this machine, which then runs; a second time puts it in the old one's place", async () => {
  const { code, stdout, stderr, home } = await install();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const binary = join(home, ".local/bin/backburner");
  expect(stdout).toContain(`installed ${binary}\n${join(home, ".local/bin")} is not on your PATH`);
  const run = (...args: string[]) => Bun.spawnSync([binary, ...args], { env: { HOME: home, PATH: "/usr/bin:/bin" } });
  expect(run("--version").stdout.toString()).toContain(`${version} (`);
  expect(run("start", "--wait", "--", "echo installed").stdout.toString()).toContain("installed");
  const again = await install({ HOME: home, PATH: `${join(home, ".local/bin")}:/usr/bin:/bin` });
  expect(again.code).toBe(0);
  expect(again.stdout).not.toContain("is not on your PATH");
  expect(readdirSync(join(home, ".local/bin"))).toEqual(["backburner"]);
}, 60_000);

test("an archive that is not the release's is refused, and nothing is installed", async () => {
  const name = `backburner-${version}-linux-x64.tar.gz`;
  instead.set(name, Bun.file(join(directory, `backburner-${version}-linux-x64-musl.tar.gz`)));
  const { code, stderr, home } = await install();
  instead.delete(name);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^backburner: what came is not the archive of this release \([0-9a-f]{64}, expected [0-9a-f]{64}\); nothing was installed$/m,
  );
  expect(readdirSync(home)).toEqual([]);
});

test("a script that is cut off on its way does nothing, wherever that is", async () => {
  const path = join(directory, "install.sh");
  const ends = [...readText(path).matchAll(/\n/g)].map(({ index }) => index + 1).slice(0, -1);
  expect(ends.length).toBeGreaterThan(50);
  asked.length = 0;
  for (const bytes of ends) {
    const { stdout, home } = await install({}, {}, `head -c ${bytes} ${path} | sh`);
    expect({ bytes, stdout, there: readdirSync(home) }).toEqual({ bytes, stdout: "", there: [] });
  }
  expect(asked).toEqual([]);
});

test("a download that is not there is said, and nothing is left behind", async () => {
  const temporary = newHome();
  const { code, stderr, home } = await install({
    BACKBURNER_DOWNLOADS: `${server.url.origin}/gone`,
    TMPDIR: temporary,
  });
  expect(code).toBe(1);
  expect(stderr).toContain("backburner: the download failed");
  expect([...readdirSync(home), ...readdirSync(temporary)]).toEqual([]);
});

test.each([
  ["Linux", "aarch64", "", "linux-arm64"],
  ["Linux", "x86_64", "musl", "linux-x64-musl"],
  ["Linux", "aarch64", "musl", "linux-arm64-musl"],
  ["Darwin", "arm64", "", "darwin-arm64"],
  ["Darwin", "x86_64", "", "darwin-x64"],
  ["Darwin", "x86_64", "translated", "darwin-arm64"],
])("on %s, %s %s it takes the archive of %s", async (system, machine, more, target) => {
  // What these programs say there. The archive and its checksum are real; that it doesn't run on this machine is said.
  const uname = `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`;
  const ls = more === "musl" ? `case $1 in *musl*) exit 0 ;; *) exit 2 ;; esac` : `exec /bin/ls "$@"`;
  const sysctl = `echo ${more === "translated" ? 1 : 0}`;
  asked.length = 0;
  const { code, stdout, stderr, home } = await install({}, { uname, ls, sysctl });
  expect(asked).toEqual(["install.sh", `backburner-${version}-${target}.tar.gz`]);
  expect(stdout).toContain(`backburner ${version} for ${target}: taking `);
  const runs = code === 0;
  if (runs) expect(stdout).toContain(`installed ${home}`);
  else expect(stderr).toContain(`backburner: the binary for ${target} doesn't run here; nothing was installed`);
  expect(existsSync(join(home, ".local/bin/backburner"))).toBe(runs);
});

test.each([
  ["MINGW64_NT-10.0", "x86_64", "for Windows there are scoop and the .zip"],
  ["Linux", "riscv64", "there is no binary for riscv64"],
])("on %s, %s it says what there is", async (system, machine, said) => {
  const { code, stderr } = await install({}, { uname: `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac` });
  expect(code).toBe(1);
  expect(stderr).toContain(said);
});

test("wget does where there is no curl, and a directory of one's own is taken", async () => {
  const programs = newHome();
  const needed = [
    "sh",
    "uname",
    "ls",
    "mktemp",
    "rm",
    "cp",
    "mv",
    "chmod",
    "mkdir",
    "tar",
    "gzip",
    "sha256sum",
    "wget",
  ];
  for (const name of needed) symlinkSync(Bun.which(name) ?? name, join(programs, name));
  const own = join(newHome(), "own");
  const env = { PATH: programs, BACKBURNER_INSTALL_DIR: own };
  const { code, stderr, home } = await install(env, {}, `wget -qO- ${server.url.origin}/install.sh | sh`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(readdirSync(own)).toEqual(["backburner"]);
  expect(readdirSync(home)).toEqual([]);
}, 60_000);
