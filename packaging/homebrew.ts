// The Homebrew formula of a release: its archives are taken as they are, nothing is built.

import { license, version } from "../package.json";
import { type Assets, downloadUrl, homepage } from "./asset.ts";
import type { Target } from "./targets.ts";

export const HOMEBREW_TARGETS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"] as const satisfies Target[];

/** At most 80 characters, without an article before it, our name in it, or a full stop behind it: so `brew audit` wants it. */
const DESCRIPTION = "Run long shell commands as background tasks, for AI agents and people";

/** `brew install OWNER/TAP/backburner` reads this as `Formula/backburner.rb`. */
export function formula({ archives }: Assets, repository: string): string {
  const source = (target: Target) => {
    const { name = "", sha256 = "" } = archives[target] ?? {};
    return `url "${downloadUrl(repository, name)}"\n      sha256 "${sha256}"`;
  };
  return `class Backburner < Formula
  desc "${DESCRIPTION}"
  homepage "${homepage(repository)}"
  version "${version}"
  license "${license}"

  on_macos do
    on_arm do
      ${source("darwin-arm64")}
    end
    on_intel do
      ${source("darwin-x64")}
    end
  end

  on_linux do
    on_arm do
      ${source("linux-arm64")}
    end
    on_intel do
      ${source("linux-x64")}
    end
  end

  def install
    bin.install "backburner"
    generate_completions_from_executable(bin/"backburner", "completions", shells: [:bash, :zsh, :fish])
  end

  def caveats
    "Make your agents know it: backburner setup"
  end

  test do
    ENV["BACKBURNER_HOME"] = testpath
    assert_match version.to_s, shell_output("#{bin}/backburner --version")
    assert_equal "42", shell_output("#{bin}/backburner start --wait -- 'echo $((6 * 7))'").lines.last.chomp
  end
end
`;
}
