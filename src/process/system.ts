// Which ways are taken where systems differ. A build for tests (build.ts --mac-paths) takes those of macOS on Linux, so that they are run.

/** Whether there are proc(5), child subreapers and parent-death signals (prctl(2)). */
export const takesLinuxWays = process.platform === "linux" && process.env.BACKBURNER_BUILD !== "mac-paths";

/** Bytes of the longest path that a socket can be bound to (sun_path, less its NUL). On Linux Bun finds a way around it. */
export const LONGEST_SOCKET_PATH =
  process.platform === "darwin" || process.env.BACKBURNER_BUILD === "mac-paths" ? 103 : Infinity;
