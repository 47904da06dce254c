// What a scripted model says: turns, each of them calls of tools or a last word. Knows nothing of any provider's API.

/** One call of a tool. The name is ours (`start_task`) or the host's own; hosts put a prefix of theirs before ours. */
export interface Call {
  tool: string;
  args: Record<string, unknown>;
}

export type Turn = { calls: Call[] } | { text: string };

/** What comes next, after what the model has been sent so far. */
export type Script = (sent: Sent, turn: number) => Turn;

export interface ToolShown {
  /** As the host calls it. */
  name: string;
  /** Of the group that some hosts put tools into; a call has to name it as well. */
  namespace?: string;
  description: string;
}

/** One request, in words that all APIs share. */
export interface Sent {
  tools: ToolShown[];
  /** Everything that answered a call of a tool in this conversation, in order. */
  results: string[];
  /** The last message alone. */
  news: string;
  /** The whole request as it came. */
  text: string;
}

/** A script that says these turns in order, and the last of them again from then on. */
export function inOrder(...turns: (Turn | ((sent: Sent) => Turn))[]): Script {
  return (sent, turn) => {
    const next = turns[Math.min(turn, turns.length - 1)] ?? { text: "nothing to say" };
    return typeof next === "function" ? next(sent) : next;
  };
}

export function call(tool: string, args: Record<string, unknown> = {}): Turn {
  return { calls: [{ tool, args }] };
}

/** The tool that the host shows for this name: its own or one of ours; `undefined` when it doesn't show it (yet). */
export function shown(tools: ToolShown[], name: string): ToolShown | undefined {
  return tools.find((tool) => isOurs(tool) && tool.name.endsWith(name)) ?? tools.find((tool) => tool.name === name);
}

/** Hosts put the server's name before the tool's, or into a namespace. */
export function isOurs({ name, namespace = "" }: ToolShown): boolean {
  return `${namespace} ${name}`.includes("backburner");
}
