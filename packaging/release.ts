// A directory with everything that is handed out: archives, bundles, what package managers want of them, and checksums of all.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { type Entry, tarred, zipped } from "./archive.ts";
import { type Asset, type Assets, sha256 } from "./asset.ts";
import { bundle, BUNDLE_TARGETS } from "./bundle.ts";
import { compile } from "./compile.ts";
import { formula, HOMEBREW_TARGETS } from "./homebrew.ts";
import { installer, INSTALLER_TARGETS } from "./installer.ts";
import { registryEntry } from "./registry.ts";
import { SCOOP_TARGETS, scoopManifest } from "./scoop.ts";
import { binaryName, isWindows, type Target } from "./targets.ts";

export interface ReleaseOptions {
  targets: Target[];
  /** With bundles, and with what is made of them. */
  bundles: boolean;
  /** "owner/name" on GitHub, where it will lie. Without it nothing is made that has to say so. */
  repository?: string | undefined;
}

/** Files that name the release's place: each needs the archives, or the bundles, of all of its targets. */
const DESCRIPTIONS = [
  { file: "backburner.rb", of: "archives", targets: HOMEBREW_TARGETS, make: formula },
  { file: "backburner.json", of: "archives", targets: SCOOP_TARGETS, make: scoopManifest },
  { file: "install.sh", of: "archives", targets: INSTALLER_TARGETS, make: installer },
  { file: "server.json", of: "bundles", targets: BUNDLE_TARGETS, make: registryEntry },
] as const;

/** Makes `directory` anew. */
export async function release(directory: string, { targets, bundles, repository }: ReleaseOptions): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  const assets: Assets = { archives: {}, bundles: {} };
  const published: Asset[] = [];
  const publish = (name: string, content: Uint8Array | string): Asset => {
    writeFileSync(join(directory, name), content);
    const asset = { name, sha256: sha256(content) };
    published.push(asset);
    console.log(`made ${join(directory, name)} (${size(content)})`);
    return asset;
  };
  const documents = ["README.md", "LICENSE"].map((name): Entry => ({ name, bytes: read(name) }));
  for (const target of targets) {
    const path = join(directory, target, binaryName(target));
    mkdirSync(join(directory, target), { recursive: true });
    await compile(path, target);
    const binary = read(path);
    const root = `backburner-${version}-${target}`;
    const files = [{ name: binaryName(target), bytes: binary, executable: true }, ...documents];
    const entries = files.map((file) => ({ ...file, name: `${root}/${file.name}` }));
    assets.archives[target] = isWindows(target)
      ? publish(`${root}.zip`, zipped(entries))
      : publish(`${root}.tar.gz`, await tarred(entries));
    if (bundles && BUNDLE_TARGETS.some((one) => one === target))
      assets.bundles[target] = publish(`${root}.mcpb`, bundle(target, binary, documents, repository));
  }
  for (const { file, of, targets: needed, make } of DESCRIPTIONS) {
    const missing = needed.filter((target) => !assets[of][target]);
    if (repository === undefined)
      console.log(`left out ${file}: it names the repository; give --repository OWNER/NAME`);
    else if (missing.length > 0) console.log(`left out ${file}: it needs the ${of} of ${missing.join(", ")}`);
    else publish(file, make(assets, repository));
  }
  const sums = published.map((asset) => `${asset.sha256}  ${asset.name}\n`);
  writeFileSync(join(directory, "SHA256SUMS"), sums.join(""));
}

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

function size(content: Uint8Array | string): string {
  return content.length < 2 ** 20 ? `${content.length} bytes` : `${(content.length / 2 ** 20).toFixed(0)} MiB`;
}
