// A mount namespace in which a foreign binary finds its interpreter and its libraries, while nothing of the machine changes
// (unshare(1), nsenter(1)). Needs no root: whoever may make user namespaces may do this.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Namespace {
  /** For what is to be found in it. */
  directory: string;
  /** A program that runs the binary there, in the directory of its caller. */
  program: string;
  close(): Promise<void>;
}

/** `prepare` is the text of a shell that mounts and writes what is needed, in the namespace's `directory`. Fails with what it complains of. */
export async function openNamespace(binary: string, prepare: (directory: string) => string): Promise<Namespace> {
  const directory = mkdtempSync(join(tmpdir(), "backburner-namespace-"));
  const script = `set -e; cd '${directory}'; ${prepare(directory)}; echo ready; exec sleep infinity`;
  const holder = Bun.spawn(["unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", script], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const { value } = await holder.stdout.getReader().read();
  if (!value || new TextDecoder().decode(value) !== "ready\n") throw new Error("the namespace can't be made");
  const program = join(directory, "bin/backburner");
  mkdirSync(join(directory, "bin"));
  const enter = `nsenter --target ${holder.pid} --user --mount --preserve-credentials --`;
  // Whoever enters stands in its root.
  writeFileSync(
    program,
    `#!/bin/sh\nexec ${enter} /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$PWD" '${binary}' "$@"\n`,
  );
  chmodSync(program, 0o755);
  return {
    directory,
    program,
    async close() {
      holder.kill("SIGKILL");
      await holder.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
