// A file of a release, and where people will get it.

import { version } from "../package.json";
import type { Target } from "./targets.ts";

/** A file of a release. */
export interface Asset {
  name: string;
  sha256: string;
}

/** The archives and the bundles of a release. */
export interface Assets {
  archives: Partial<Record<Target, Asset>>;
  bundles: Partial<Record<Target, Asset>>;
}

export function sha256(bytes: Uint8Array | string): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/** Where the release of this version lies, for a repository "owner/name" of GitHub. */
export function downloadUrl(repository: string, file: string, release = `v${version}`): string {
  return `${homepage(repository)}/releases/download/${release}/${file}`;
}

export function homepage(repository: string): string {
  return `https://github.com/${repository}`;
}

/** Throws for what can't be a repository of GitHub. */
export function repositoryNamed(text: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\/[A-Za-z0-9._-]+$/.test(text))
    throw new Error(`"${text}" is no repository of GitHub; it is written OWNER/NAME`);
  return text;
}
