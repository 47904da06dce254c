// An ad-hoc code signature for a Mach-O binary: hashes of its pages, by nobody. macOS ends a process whose signature doesn't fit its pages.

const [LC_SEGMENT_64, LC_CODE_SIGNATURE] = [0x19, 0x1d];
const [SUPER_BLOB, CODE_DIRECTORY] = [0xfade0cc0, 0xfade0c02];
const [PAGE_BITS, HASH_BYTES, SHA256] = [12, 32, 2];
/** `adhoc` and `linker-signed`: codesign(1) may put another one in its place. */
const FLAGS = 0x20002;
const MAIN_BINARY = 1n;
const [BLOB_HEADER, DIRECTORY_HEADER] = [20, 88];
const IDENTIFIER = Buffer.from("backburner\0");

/** The same binary with a signature of its pages as they are. Throws for what has no place for one. */
export function signed(binary: Uint8Array): Uint8Array {
  const header = Buffer.from(binary);
  const { signature, linkedit, text } = commandsOf(header);
  const codeLimit = header.readUInt32LE(signature + 8);
  const pages = Math.ceil(codeLimit / 2 ** PAGE_BITS);
  const hashOffset = DIRECTORY_HEADER + IDENTIFIER.length;
  const directoryBytes = hashOffset + pages * HASH_BYTES;
  const blobBytes = BLOB_HEADER + directoryBytes;
  const roomBytes = Math.ceil(blobBytes / 16) * 16;

  // What tells of the signature's size lies in a page that is signed: it comes first.
  header.writeUInt32LE(roomBytes, signature + 12);
  const linkeditOffset = header.readBigUInt64LE(linkedit + 40);
  const linkeditBytes = BigInt(codeLimit + roomBytes) - linkeditOffset;
  header.writeBigUInt64LE(linkeditBytes, linkedit + 48);
  header.writeBigUInt64LE(((linkeditBytes + 0x3fffn) / 0x4000n) * 0x4000n, linkedit + 32);

  const blob = Buffer.alloc(roomBytes);
  [SUPER_BLOB, blobBytes, 1, 0, BLOB_HEADER].forEach((word, at) => blob.writeUInt32BE(word, at * 4));
  const directory = blob.subarray(BLOB_HEADER);
  const VERSION = 0x20400; // the first that tells where the program's own code lies
  const words = [CODE_DIRECTORY, directoryBytes, VERSION, FLAGS, hashOffset, DIRECTORY_HEADER, 0, pages, codeLimit];
  words.forEach((word, at) => directory.writeUInt32BE(word, at * 4));
  directory.set([HASH_BYTES, SHA256, 0, PAGE_BITS], 36);
  directory.writeBigUInt64BE(header.readBigUInt64LE(text + 48), 72);
  directory.writeBigUInt64BE(MAIN_BINARY, 80);
  directory.set(IDENTIFIER, DIRECTORY_HEADER);
  const code = header.subarray(0, codeLimit);
  for (let page = 0; page < pages; page++) {
    const bytes = code.subarray(page * 2 ** PAGE_BITS, (page + 1) * 2 ** PAGE_BITS);
    directory.set(new Bun.CryptoHasher("sha256").update(bytes).digest(), hashOffset + page * HASH_BYTES);
  }
  return new Uint8Array(Buffer.concat([code, blob]));
}

/** Where the load commands begin that name the signature, the last segment and the program's code (mach-o/loader.h). */
function commandsOf(binary: Buffer): { signature: number; linkedit: number; text: number } {
  const found = new Map<string, number>();
  let at = 32;
  for (let left = binary.readUInt32LE(16); left > 0; left--) {
    const command = binary.readUInt32LE(at);
    if (command === LC_CODE_SIGNATURE) found.set("signature", at);
    if (command === LC_SEGMENT_64) found.set(binary.toString("latin1", at + 8, at + 24).replace(/\0+$/, ""), at);
    at += binary.readUInt32LE(at + 4);
  }
  const [signature, linkedit, text] = ["signature", "__LINKEDIT", "__TEXT"].map((name) => found.get(name));
  if (signature === undefined || linkedit === undefined || text === undefined)
    throw new Error("the binary has no place for a signature");
  return { signature, linkedit, text };
}
