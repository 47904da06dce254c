// Reads a Mach-O binary's code signature as macOS does: which pages it covers, and which of them are not as it says.

/** Big-endian words at `offset`. */
const words = (bytes: Buffer, offset: number, count: number) =>
  Array.from({ length: count }, (_, at) => bytes.readUInt32BE(offset + at * 4));

export interface Signature {
  flags: number;
  pages: number;
  /** Pages whose hash is another. */
  wrong: number;
  /** Up to where it covers the file, where it begins itself, and how long the file should be. */
  codeLimit: number;
  begins: number;
  ends: number;
  /** How much of the program's code it tells of, and how much there is. */
  executable: [told: number, real: number];
}

export function signatureOf(bytes: Buffer): Signature {
  let [begins, size, text, at] = [0, 0, 0, 32];
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    if (bytes.readUInt32LE(at) === 0x1d) [begins, size] = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12)];
    if (bytes.toString("latin1", at + 8, at + 14) === "__TEXT") text = Number(bytes.readBigUInt64LE(at + 48));
    at += bytes.readUInt32LE(at + 4);
  }
  const [magic, , count = 0] = words(bytes, begins, 3);
  if (magic !== 0xfade0cc0) throw new Error("it has no signature");
  const blobs = Array.from({ length: count }, (_, index) => words(bytes, begins + 12 + index * 8, 2));
  const directory = begins + (blobs.find(([type]) => type === 0)?.[1] ?? 0);
  const [kind, , version = 0, flags = 0, hashes = 0, , , pages = 0, codeLimit = 0] = words(bytes, directory, 9);
  if (kind !== 0xfade0c02 || version < 0x20400) throw new Error("its signature is of an old kind");
  const pageBytes = 2 ** bytes.readUInt8(directory + 39);
  const wrong = Array.from({ length: pages }, (_, page) => {
    const content = bytes.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, codeLimit));
    const told = bytes.subarray(directory + hashes + page * 32, directory + hashes + page * 32 + 32);
    return new Bun.CryptoHasher("sha256").update(content).digest().equals(told) ? 0 : 1;
  }).reduce<number>((sum, one) => sum + one, 0);
  const told = Number(bytes.readBigUInt64BE(directory + 72));
  return { flags, pages, wrong, codeLimit, begins, ends: begins + size, executable: [told, text] };
}
