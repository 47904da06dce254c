// The archive for musl, run by musl's own loader and C library. What it needs beyond them, libstdc++ and libgcc, are Debian's, made for
// glibc: fixtures/glibc-symbols.c has what they miss, under the name of glibc's loader, which they ask for.

import { afterAll } from "bun:test";
import { resolve } from "node:path";
import { FIXTURES } from "./helpers/home.ts";
import { testLifecycle } from "./helpers/lifecycle.ts";
import { openNamespace } from "./helpers/namespace.ts";
import { unpackedRelease } from "./helpers/release.ts";

const { binary } = await unpackedRelease("linux-x64-musl");

const namespace = await openNamespace(
  binary,
  (directory) => `
  cp /usr/lib/x86_64-linux-gnu/libstdc++.so.6 /usr/lib/x86_64-linux-gnu/libgcc_s.so.1 .
  musl-gcc -shared -fPIC -o ld-linux-x86-64.so.2 '${resolve(FIXTURES, "glibc-symbols.c")}'
  echo '${directory}' >path; mount --bind path /etc/ld-musl-x86_64.path`,
);
afterAll(() => namespace.close());

testLifecycle({ binary: namespace.program, target: "linux-x64-musl" });
