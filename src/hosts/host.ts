// MCP hosts, as far as setting them up needs to know them: where each keeps its servers, in which shape, and its own command for that.

import { homedir } from "node:os";
import { join } from "node:path";

/** How a host is to start us. */
export interface Entry {
  /** Absolute path of the binary. */
  command: string;
  args: string[];
  env: Record<string, string>;
}

export interface Host {
  id: string;
  title: string;
  /** The user's own settings file, absolute. */
  file(): string;
  /** The settings file of a project, below its directory, where the host has such. */
  projectFile?: string;
  /** Keys that lead to the servers in the file. */
  servers: string[];
  /** The host's words for the entry. */
  shape(entry: Entry): Record<string, unknown>;
  /** Its own command for setting up servers: `argv` after the program. */
  own?: { program: string; add(name: string, entry: Entry): string[]; remove(name: string): string[] };
  /** Its program, when that has no command for servers. */
  program?: string;
}

const plain = ({ command, args, env }: Entry) => ({ command, args, ...(Object.keys(env).length > 0 && { env }) });
const variables = (flag: string, env: Entry["env"]) =>
  Object.entries(env).flatMap(([name, value]) => [flag, `${name}=${value}`]);

/** In the order in which they are shown. Sources: each host's own documentation of its MCP settings, read in November 2026. */
export const HOSTS: Host[] = [
  {
    id: "claude-code",
    title: "Claude Code",
    file: () =>
      process.env.CLAUDE_CONFIG_DIR
        ? join(process.env.CLAUDE_CONFIG_DIR, ".claude.json")
        : join(homedir(), ".claude.json"),
    projectFile: ".mcp.json",
    servers: ["mcpServers"],
    shape: plain,
    own: {
      program: "claude",
      // What follows --env goes on until the next option: the name stands before it.
      add: (name, { command, args, env }) => [
        "mcp",
        "add",
        "--scope",
        "user",
        name,
        ...variables("--env", env),
        "--",
        command,
        ...args,
      ],
      remove: (name) => ["mcp", "remove", "--scope", "user", name],
    },
  },
  {
    id: "claude-desktop",
    title: "Claude Desktop",
    file: () => join(applicationData("Claude"), "claude_desktop_config.json"),
    servers: ["mcpServers"],
    shape: plain,
  },
  {
    id: "codex",
    title: "Codex",
    file: () => join(process.env.CODEX_HOME || join(homedir(), ".codex"), "config.toml"),
    servers: ["mcp_servers"],
    shape: plain,
    own: {
      program: "codex",
      add: (name, { command, args, env }) => ["mcp", "add", name, ...variables("--env", env), "--", command, ...args],
      remove: (name) => ["mcp", "remove", name],
    },
  },
  {
    id: "gemini",
    title: "Gemini CLI",
    file: () => join(homedir(), ".gemini", "settings.json"),
    projectFile: ".gemini/settings.json",
    servers: ["mcpServers"],
    shape: plain,
    own: {
      program: "gemini",
      add: (name, { command, args, env }) => [
        "mcp",
        "add",
        "-s",
        "user",
        ...variables("-e", env),
        name,
        command,
        ...args,
      ],
      remove: (name) => ["mcp", "remove", "-s", "user", name],
    },
  },
  {
    id: "copilot",
    title: "Copilot CLI",
    file: () => join(process.env.COPILOT_HOME || join(homedir(), ".copilot"), "mcp-config.json"),
    servers: ["mcpServers"],
    shape: (entry) => ({ type: "local", ...plain(entry), tools: ["*"] }),
    own: {
      program: "copilot",
      add: (name, { command, args, env }) => ["mcp", "add", name, ...variables("--env", env), "--", command, ...args],
      remove: (name) => ["mcp", "remove", name],
    },
  },
  {
    id: "cursor",
    title: "Cursor",
    file: () => join(homedir(), ".cursor", "mcp.json"),
    projectFile: ".cursor/mcp.json",
    servers: ["mcpServers"],
    shape: plain,
    program: "cursor",
  },
  {
    id: "vscode",
    title: "VS Code",
    file: () => join(applicationData("Code"), "User", "mcp.json"),
    projectFile: ".vscode/mcp.json",
    servers: ["servers"],
    shape: (entry) => ({ type: "stdio", ...plain(entry) }),
    program: "code",
  },
  {
    id: "windsurf",
    title: "Windsurf",
    file: () => join(homedir(), ".codeium", "windsurf", "mcp_config.json"),
    servers: ["mcpServers"],
    shape: plain,
    program: "windsurf",
  },
  {
    id: "zed",
    title: "Zed",
    file: () =>
      process.platform === "win32"
        ? join(applicationData("Zed"), "settings.json")
        : join(configHome(), "zed", "settings.json"),
    projectFile: ".zed/settings.json",
    servers: ["context_servers"],
    shape: plain,
    program: "zed",
  },
  {
    id: "opencode",
    title: "opencode",
    file: () => join(configHome(), "opencode", "opencode.json"),
    projectFile: "opencode.json",
    servers: ["mcp"],
    shape: ({ command, args, env }) => ({
      type: "local",
      command: [command, ...args],
      enabled: true,
      ...(Object.keys(env).length > 0 && { environment: env }),
    }),
    program: "opencode",
  },
];

/** Where desktop programs keep their settings on this system. */
function applicationData(name: string): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", name);
  if (process.platform === "win32") return join(process.env.APPDATA || join(homedir(), "AppData", "Roaming"), name);
  return join(configHome(), name);
}

/** XDG Base Directory Specification. */
function configHome(): string {
  return process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
}
