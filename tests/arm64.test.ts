// The archive for 64-bit ARM, run by qemu: every process of it, as the kernel is told to hand them over (binfmt_misc) in a
// namespace of this test's own, which Linux has since 6.7. The commands of its tasks are this machine's.

import { afterAll } from "bun:test";
import { testLifecycle } from "./helpers/lifecycle.ts";
import { openNamespace } from "./helpers/namespace.ts";
import { unpackedRelease } from "./helpers/release.ts";

const { binary } = await unpackedRelease("linux-arm64");

/** An ELF of 64 bits, little endian, for aarch64: the magic and the mask that qemu's own packages register. */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

const namespace = await openNamespace(
  binary,
  (directory) => `
  printf '#!/bin/sh\\nexec qemu-aarch64-static -L /usr/aarch64-linux-gnu "$@"\\n' >qemu; chmod +x qemu
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  printf '%s' ':arm64:M::${MAGIC}:${MASK}:${directory}/qemu:' >/proc/sys/fs/binfmt_misc/register`,
);
afterAll(() => namespace.close());

testLifecycle({ binary: namespace.program, target: "linux-arm64" });
