// For which machines there is a binary. Knows nothing of how one is made or handed out.

import { readFileSync } from "node:fs";

/** Our names, and the runtimes that Bun has for them: `baseline` runs on every x64 processor, `modern` needs AVX2. */
export const TARGETS = {
  "linux-x64": "bun-linux-x64-baseline",
  "linux-x64-musl": "bun-linux-x64-baseline-musl",
  "linux-arm64": "bun-linux-arm64",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "darwin-x64": "bun-darwin-x64-baseline",
  "darwin-arm64": "bun-darwin-arm64",
  "windows-x64": "bun-windows-x64-baseline",
  "windows-arm64": "bun-windows-arm64",
} as const satisfies Record<string, Bun.Build.CompileTarget>;

export type Target = keyof typeof TARGETS;

export const ALL_TARGETS = Object.keys(TARGETS) as Target[];

/** Throws for a name that is none. */
export function targetNamed(name: string): Target {
  if (!Object.hasOwn(TARGETS, name))
    throw new Error(`there is no target "${name}"; there are ${ALL_TARGETS.join(", ")}`);
  return name as Target;
}

export function isWindows(target: Target): boolean {
  return target.startsWith("windows-");
}

/** What the binary is called there. */
export function binaryName(target: Target): string {
  return isWindows(target) ? "backburner.exe" : "backburner";
}

export function thisMachine(): string {
  // The runtime that runs this names its loader in its first page; ours is made of the same.
  const musl = readFileSync(process.execPath).subarray(0, 4096).includes("/ld-musl-");
  return `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}${musl ? "-musl" : ""}`;
}
