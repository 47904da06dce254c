// Who submits tasks on a connection: this process, except that one a desktop has started in "/" works in the client's first root.

import { parse } from "node:path";
import type { Server } from "@modelcontextprotocol/server";
import { type Caller, processCaller } from "../operations/start.ts";

/** A client that doesn't say its roots soon doesn't get its task started in them. */
const PATIENCE_MS = 5_000;

/** Asks the client at most once. */
export function callerOf(server: Server): () => Promise<Caller> {
  let root: Promise<string | undefined> | undefined;
  return async () => {
    const caller = processCaller();
    if (caller.cwd !== parse(caller.cwd).root) return caller;
    root ??= firstRoot(server);
    return { ...caller, cwd: (await root) ?? caller.cwd };
  };
}

/** `undefined` when the client has no roots, or its era no way to ask for them (2026-07-28). */
async function firstRoot(server: Server): Promise<string | undefined> {
  // oxlint-disable-next-line typescript/no-deprecated -- the way of the initialize era, and not available in the other
  if (!server.getClientCapabilities()?.roots) return undefined;
  try {
    // oxlint-disable-next-line typescript/no-deprecated
    const { roots } = await server.listRoots(undefined, { timeout: PATIENCE_MS });
    const first = roots.find(({ uri }) => uri.startsWith("file:"));
    return first && Bun.fileURLToPath(first.uri);
  } catch {
    return undefined;
  }
}
