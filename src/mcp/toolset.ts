// The tools that a server has, and what goes with them: our own, or those of another server that this one stands in for.

import type { Tool } from "./tools/tool.ts";

export interface Toolset {
  /** As they are listed. */
  tools: Tool[];
  /** Names that are answered to and not listed, and what is meant by them. */
  aliases?: Record<string, string>;
  instructions: string;
  /** Beside the tools: native tasks, resources, and in every reply which tasks have ended meanwhile. */
  extras: boolean;
}

export function findTool({ tools, aliases = {} }: Toolset, given: string): Tool | undefined {
  const meant = Object.hasOwn(aliases, given) ? aliases[given] : given;
  return tools.find(({ name }) => name === meant);
}
