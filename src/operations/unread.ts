// Whether anybody reads what is printed: the doors know of descriptors, and not of the C library.

/** True when nobody can read from the pipe or socket any more that we write to. Never on Windows. */
export async function isUnread(fd: number): Promise<boolean> {
  if (process.platform === "win32") return false;
  const libc = await import("../process/libc.ts");
  return libc.isUnread(fd);
}
