// The bundles (.mcpb) that Claude Desktop and other hosts install by a double click: one binary and a manifest that says how to run it.

import { description, license, version } from "../package.json";
import { OWN_TOOLSET } from "../src/mcp/tools/all.ts";
import { homepage } from "./asset.ts";
import { type Entry, zipped } from "./archive.ts";
import { binaryName, isWindows, type Target } from "./targets.ts";

/** A manifest can tell systems apart, but no processors: one bundle for each. Hosts with windows are made for glibc. */
export const BUNDLE_TARGETS = [
  "darwin-arm64",
  "darwin-x64",
  "linux-arm64",
  "linux-x64",
  "windows-arm64",
  "windows-x64",
] as const satisfies Target[];

export function bundle(target: Target, binary: Uint8Array, others: Entry[], repository?: string): Uint8Array {
  const path = `server/${binaryName(target)}`;
  const text = `${JSON.stringify(manifest(target, path, repository), null, 2)}\n`;
  return zipped([
    { name: "manifest.json", bytes: Buffer.from(text) },
    { name: path, bytes: binary, executable: true },
    ...others,
  ]);
}

function manifest(target: Target, path: string, repository: string | undefined): object {
  return {
    manifest_version: "0.4",
    name: "backburner",
    display_name: "Backburner",
    version,
    description,
    author: { name: "the backburner authors", ...(repository !== undefined && { url: homepage(repository) }) },
    ...(repository !== undefined && {
      repository: { type: "git", url: `${homepage(repository)}.git` },
      homepage: homepage(repository),
      documentation: `${homepage(repository)}#readme`,
      support: `${homepage(repository)}/issues`,
    }),
    server: {
      type: "binary",
      entry_point: path,
      mcp_config: { command: `\${__dirname}/${path}`, args: ["mcp"], env: variables(target) },
    },
    tools: OWN_TOOLSET.tools.map((tool) => ({ name: tool.name, description: firstSentence(tool.description) })),
    keywords: ["background", "long-running", "tasks", "shell", "build", "test"],
    license,
    compatibility: { platforms: [isWindows(target) ? "win32" : target.startsWith("darwin") ? "darwin" : "linux"] },
    user_config: asked(target),
  };
}

/** A setting left empty is one that is not set. */
function variables(target: Target): Record<string, string> {
  return {
    BACKBURNER_CWD: "${user_config.directory}",
    BACKBURNER_DENY: "${user_config.deny}",
    ...(!isWindows(target) && { BACKBURNER_SHELL: "${user_config.shell}" }),
  };
}

function asked(target: Target): object {
  const optional = { required: false, default: "" };
  return {
    directory: {
      type: "directory",
      title: "Working directory",
      description: "Where commands run that name no directory",
      ...optional,
    },
    deny: {
      type: "string",
      title: "Commands to refuse",
      description: "Regular expressions, with commas between them, such as ^sudo( |$)",
      ...optional,
    },
    ...(!isWindows(target) && {
      shell: {
        type: "string",
        title: "Shell",
        description: "bash -lc makes your login shell's PATH known to commands; default: bash -c",
        ...optional,
      },
    }),
  };
}

function firstSentence(text: string): string {
  return /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
