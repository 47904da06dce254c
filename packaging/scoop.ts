// The manifest for scoop of a release.

import { description, license, version } from "../package.json";
import { type Assets, downloadUrl, homepage } from "./asset.ts";
import type { Target } from "./targets.ts";

export const SCOOP_TARGETS = ["windows-x64", "windows-arm64"] as const satisfies Target[];

/** `scoop install backburner` reads this from a bucket; scoop itself makes later versions of it from `autoupdate`. */
export function scoopManifest({ archives }: Assets, repository: string): string {
  const now = (target: Target) => {
    const { name = "", sha256 = "" } = archives[target] ?? {};
    return { url: downloadUrl(repository, name), hash: sha256, extract_dir: name.replace(/\.zip$/, "") };
  };
  const later = (target: Target) => {
    const name = `backburner-$version-${target}`;
    return { url: downloadUrl(repository, `${name}.zip`, "v$version"), extract_dir: name };
  };
  const manifest = {
    version,
    description,
    homepage: homepage(repository),
    license,
    architecture: { "64bit": now("windows-x64"), arm64: now("windows-arm64") },
    bin: "backburner.exe",
    notes: "Make your agents know it: backburner setup",
    checkver: "github",
    autoupdate: {
      architecture: { "64bit": later("windows-x64"), arm64: later("windows-arm64") },
      hash: { url: "$baseurl/SHA256SUMS" },
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
