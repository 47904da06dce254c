// install.sh of a release: it knows its version and what each archive has to be, so that nothing else has to be trusted.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { type Assets, downloadUrl } from "./asset.ts";
import type { Target } from "./targets.ts";

export const INSTALLER_TARGETS = [
  "linux-x64",
  "linux-x64-musl",
  "linux-arm64",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
] as const satisfies Target[];

export function installer({ archives }: Assets, repository: string): string {
  const sums = INSTALLER_TARGETS.map((target) => `    ${target}) sum=${archives[target]?.sha256 ?? ""} ;;`).join("\n");
  return readFileSync(join(import.meta.dir, "install.sh"), "utf8")
    .replace("@VERSION@", version)
    .replace("@DOWNLOADS@", downloadUrl(repository, "").replace(/\/$/, ""))
    .replace(/^.*@SUMS@.*$/m, sums);
}
