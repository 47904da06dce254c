// What package managers, registries and hosts are told of a release: each read by what reads it, and held against the real archives.

import { beforeAll, expect, test } from "bun:test";
import { getMcpConfigForManifest, unpackExtension } from "@anthropic-ai/mcpb";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Ajv } from "ajv";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { description, license, version } from "../package.json";
import { ALL_TARGETS } from "../packaging/targets.ts";
import { FIXTURES, newHome, readText } from "./helpers/home.ts";
import { signatureOf } from "./helpers/macho.ts";
import { scoopManifest, serverEntry } from "./helpers/published.ts";
import { release, REPOSITORY, ROOT, unpackedRelease, unzip, wholeRelease } from "./helpers/release.ts";

const PLACE = `https://github.com/${REPOSITORY}/releases/download/v${version}`;
let directory: string;

beforeAll(async () => {
  directory = await wholeRelease();
}, 300_000);

test("one command makes archives of all targets, bundles, and what is told to package managers, with checksums of all", () => {
  const names = readdirSync(directory).filter((name) => !ALL_TARGETS.some((target) => target === name));
  const archives = ALL_TARGETS.map(
    (target) => `backburner-${version}-${target}.${target.startsWith("windows") ? "zip" : "tar.gz"}`,
  );
  const bundles = ALL_TARGETS.filter((target) => !target.endsWith("musl")).map(
    (target) => `backburner-${version}-${target}.mcpb`,
  );
  const rest = ["backburner.rb", "backburner.json", "install.sh", "server.json"];
  expect(names.toSorted()).toEqual([...archives, ...bundles, ...rest, "SHA256SUMS"].toSorted());
  const { exitCode, stdout } = Bun.spawnSync(["sha256sum", "--check", "--strict", "SHA256SUMS"], { cwd: directory });
  expect(exitCode).toBe(0);
  expect(stdout.toString().match(/: OK$/gm)).toHaveLength(names.length - 1);
});

test.each(["darwin-arm64", "darwin-x64"])(
  "the binary for %s has a signature that fits it: macOS would end it else",
  (target) => {
    const bytes = readFileSync(join(directory, target, "backburner"));
    const signature = signatureOf(bytes);
    expect(signature).toMatchObject({ wrong: 0, flags: 0x20002, codeLimit: signature.begins, ends: bytes.length });
    expect(signature.pages).toBe(Math.ceil(signature.begins / 4096));
    expect(signature.executable[0]).toBe(signature.executable[1]);
    bytes.writeUInt8(bytes.readUInt8(1_000_000) ^ 1, 1_000_000);
    expect(signatureOf(bytes).wrong).toBe(1);
  },
);

test.each([
  ["macos", "arm", "darwin-arm64"],
  ["macos", "intel", "darwin-x64"],
  ["linux", "arm", "linux-arm64"],
  ["linux", "intel", "linux-x64"],
])("the formula for Homebrew on %s, %s, names the archive %s with its hash", (system, processor, target) => {
  const archive = `backburner-${version}-${target}.tar.gz`;
  expect(evaluated([system, processor])).toEqual({
    desc: expect.stringMatching(/^(?!An? |The |[Bb]ackburner).{10,79}[^.]$/),
    homepage: `https://github.com/${REPOSITORY}`,
    version,
    license,
    url: `${PLACE}/${archive}`,
    sha256: hashOf(archive),
  });
});

test("the formula installs from the archive, with completions, and its own test passes", async () => {
  const { directory: unpacked } = await unpackedRelease("linux-x64");
  const place = newHome();
  const said = evaluated(["linux", "intel", unpacked], place);
  expect(said.completions).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
  for (const lines of said.completions as number[]) expect(lines).toBeGreaterThan(3);
  expect(readdirSync(join(place, "bin"))).toEqual(["backburner"]);
}, 60_000);

/** The formula as Ruby understands it. */
function evaluated(args: string[], cwd: string = newHome()): Record<string, unknown> {
  const ruby = Bun.spawnSync(["ruby", join(FIXTURES, "formula.rb"), join(directory, "backburner.rb"), ...args], {
    cwd,
  });
  if (ruby.exitCode !== 0) throw new Error(ruby.stderr.toString());
  return JSON.parse(ruby.stdout.toString());
}

test("the manifest for scoop is as its schema wants it, and names the archives with their hashes and directories", async () => {
  const manifest = parsed("backburner.json");
  expect(scoopManifest.safeParse(manifest).error?.issues ?? []).toEqual([]);
  const architecture = manifest.architecture as Record<string, { url: string; hash: string; extract_dir: string }>;
  expect(Object.keys(architecture)).toEqual(["64bit", "arm64"]);
  for (const [name, target] of [
    ["64bit", "windows-x64"],
    ["arm64", "windows-arm64"],
  ] as const) {
    const archive = `backburner-${version}-${target}.zip`;
    const into = newHome();
    unzip(join(directory, archive), into);
    expect(architecture[name]).toEqual({
      url: `${PLACE}/${archive}`,
      hash: hashOf(archive),
      extract_dir: readdirSync(into)[0] ?? "",
    });
    expect(readdirSync(join(into, architecture[name]?.extract_dir ?? ""))).toContain(String(manifest.bin));
    // What scoop will make of it for this version is what stands there now.
    const later = JSON.stringify(manifest.autoupdate).replaceAll("$version", version);
    expect(later).toContain(`"${architecture[name]?.url}"`);
  }
});

test("server.json is as the MCP registry's schema wants it, and its packages are the bundles", () => {
  const entry = parsed("server.json");
  expect(serverEntry.safeParse(entry).error?.issues ?? []).toEqual([]);
  expect(entry).toMatchObject({ name: `io.github.${REPOSITORY}`, version });
  const packages = entry.packages as { identifier: string; fileSha256: string; registryType: string }[];
  expect(packages).toHaveLength(6);
  for (const { identifier, fileSha256, registryType } of packages) {
    expect(registryType).toBe("mcpb");
    expect(identifier).toStartWith(`${PLACE}/backburner-${version}-`);
    expect(fileSha256).toBe(hashOf(identifier.slice(PLACE.length + 1)));
  }
});

test("the schemas refuse what is wrong", () => {
  const { name: _, ...nameless } = parsed("server.json");
  expect(serverEntry.safeParse(nameless).success).toBe(false);
  const hashless = { ...parsed("server.json"), packages: [{ registryType: "mcpb" }] };
  expect(serverEntry.safeParse(hashless).success).toBe(false);
  const placeless = { ...parsed("backburner.json"), architecture: { "64bit": { hash: "1" } } };
  expect(scoopManifest.safeParse(placeless).success).toBe(false);
  expect(errorsOf(manifestSchema(), {})).not.toEqual([]);
});

test.each(["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "windows-arm64", "windows-x64"])(
  "the bundle for %s holds the binary of its archive and a manifest as the schema wants it",
  async (target) => {
    const into = newHome();
    unzip(join(directory, `backburner-${version}-${target}.mcpb`), into);
    const manifest = JSON.parse(readText(join(into, "manifest.json"))) as Manifest;
    expect(errorsOf(manifestSchema(), manifest)).toEqual([]);
    expect(manifest).toMatchObject({ manifest_version: "0.4", name: "backburner", version, description });
    expect(manifest.tools).toHaveLength(7);
    const binary = join(directory, target, target.startsWith("windows") ? "backburner.exe" : "backburner");
    expect(digest(join(into, manifest.server.entry_point))).toBe(digest(binary));
    expect(manifest.server.mcp_config.command).toBe(`\${__dirname}/${manifest.server.entry_point}`);
    const [system = ""] = target.split("-");
    expect(manifest.compatibility.platforms).toEqual([system === "windows" ? "win32" : system]);
  },
);

test("unpacked by the format's own tool, the server that the bundle names runs a task for a real client", async () => {
  const extension = join(newHome(), "backburner");
  mkdirSync(extension);
  const unpacked = await unpackExtension({
    mcpbPath: join(directory, `backburner-${version}-linux-x64.mcpb`),
    outputDir: extension,
    silent: true,
  });
  expect(unpacked).toBe(true);
  const manifest = JSON.parse(readText(join(extension, "manifest.json"))) as Manifest;
  const asked = { deny: "^rm( |$)", directory: extension };
  // What hosts run: the place for ${__dirname}, what the person has filled in for ${user_config.…}, and what was left empty.
  const config = await getMcpConfigForManifest({
    manifest: manifest as never,
    extensionPath: extension,
    systemDirs: {},
    userConfig: asked,
    pathSeparator: "/",
  });
  if (!config) throw new Error("the manifest names no server");
  const { command, args = [], env = {} } = config;
  expect(JSON.stringify(config)).not.toContain("${");
  const client = new Client({ name: "test", version: "1" });
  const transport = new StdioClientTransport({
    command,
    args,
    env: { PATH: process.env.PATH ?? "", BACKBURNER_HOME: newHome(), ...env },
    cwd: "/",
  });
  await client.connect(transport);
  const { tools } = await client.listTools();
  expect(manifest.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
  const ran = await client.callTool({ name: "start_task", arguments: { command: "pwd; exit 3", wait_seconds: 20 } });
  expect(ran.structuredContent).toMatchObject({ status: "failed", exit_code: 3, output: `${extension}\n` });
  const refused = await client.callTool({ name: "start_task", arguments: { command: "rm -r x" } });
  expect(refused).toMatchObject({ isError: true });
  await client.close();
}, 60_000);

test("two builds of a bundle are equal", async () => {
  const outdir = newHome();
  await release(outdir, "--target", "linux-x64", "--bundles", "--repository", REPOSITORY);
  const bundle = `backburner-${version}-linux-x64.mcpb`;
  expect(digest(join(outdir, bundle))).toBe(hashOf(bundle));
  // What needs more than was made is left out, not made wrong.
  expect(readdirSync(outdir).toSorted()).toEqual(
    ["SHA256SUMS", bundle, bundle.replace(".mcpb", ".tar.gz"), "linux-x64"].toSorted(),
  );
}, 60_000);

test("without a repository what has to name it is left out with a line, and a wrong one is refused", () => {
  const build = (...args: string[]) => {
    const env = { ...process.env, GITHUB_REPOSITORY: "" };
    const run = Bun.spawnSync([process.execPath, "build.ts", "--outdir", newHome(), ...args], { cwd: ROOT, env });
    return { code: run.exitCode, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
  };
  const { code, stdout } = build("--target", "linux-x64");
  expect(code).toBe(0);
  for (const file of ["backburner.rb", "backburner.json", "install.sh", "server.json"])
    expect(stdout).toContain(`left out ${file}: it names the repository; give --repository OWNER/NAME`);
  const wrong = build("--target", "linux-x64", "--repository", "nobody");
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('"nobody" is no repository of GitHub; it is written OWNER/NAME');
}, 60_000);

interface Manifest {
  server: { entry_point: string; mcp_config: { command: string } };
  tools: { name: string }[];
  compatibility: { platforms: string[] };
}

function parsed(name: string): Record<string, unknown> {
  return JSON.parse(readText(join(directory, name)));
}

/** The schema that the format's own tool brings. */
function manifestSchema(): object {
  return JSON.parse(readText(join(ROOT, "node_modules/@anthropic-ai/mcpb/dist/mcpb-manifest-v0.4.schema.json")));
}

function errorsOf(wanted: object, value: unknown): unknown[] {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  return ajv.validate(wanted, value) ? [] : (ajv.errors ?? []);
}

/** What SHA256SUMS says of it, which the first test compares with the file. */
function hashOf(name: string): string {
  const line = readText(join(directory, "SHA256SUMS"))
    .split("\n")
    .find((one) => one.endsWith(`  ${name}`));
  return line?.split(" ")[0] ?? "";
}

function digest(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}
