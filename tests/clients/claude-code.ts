// What Claude Code needs to run without a sign-in and without the network. From npm: its platform package (361 MB unpacked).

import { fromNpm } from "./host.ts";

const PACKAGE = "@anthropic-ai/claude-code-linux-x64";
const VERSION = "2.1.329";

export const CLAUDE_CODE = {
  version: VERSION,
  /** Answers with the path of its program. */
  install: () => fromNpm(`${PACKAGE}@${VERSION}`, `${PACKAGE}/claude`),
};

export const environment = (url: string) => ({
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_AUTH_TOKEN: "none",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
});
