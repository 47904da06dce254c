// A named pipe. Other users can see it and try to open it, so whoever asks has to begin with a secret: that and the pipe's name are in the
// file that lies where the socket is elsewhere, in the home, and which moves on to the next task with its supervisor.

import { timingSafeEqual } from "node:crypto";
import { constants, readFileSync, rmSync, writeFileSync } from "node:fs";
import { withFile } from "../files.ts";
import type { Peer, Transport } from "./transport.ts";

const PIPES = String.raw`\\.\pipe\backburner-`;

export const windowsTransport: Transport = {
  listen(path, socket) {
    const [pipe, secret] = [PIPES + random(), random()];
    const listener = Bun.listen<Peer>({ unix: pipe, socket });
    try {
      rmSync(path, { force: true });
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
      withFile(path, flags, (fd) => writeFileSync(fd, `${pipe} ${secret}\n`));
    } catch (error) {
      listener.stop(true); // nobody could find it
      throw error;
    }
    return { admits: (line) => isSame(line, secret), stop: (all) => listener.stop(all) };
  },

  async connect(path, socket) {
    const [pipe = "", secret = ""] = read(path).split(/\s+/);
    if (!pipe.startsWith(PIPES)) throw new NobodyListens("ENOENT"); // it is just being written
    try {
      return { socket: await Bun.connect({ unix: pipe, socket }), greeting: `${secret}\n` };
    } catch {
      throw new NobodyListens("ECONNREFUSED"); // a pipe is gone with whoever listened
    }
  },
};

class NobodyListens extends Error {
  constructor(readonly code: "ENOENT" | "ECONNREFUSED") {
    super("nobody listens");
  }
}

function read(path: string): string {
  return withFile(path, constants.O_RDONLY, (fd) => readFileSync(fd, "utf8"));
}

function random(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}
