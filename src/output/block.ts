// The block of memory that much output is read into, where its newlines are counted 64 bytes at once: eight times as fast as newlines.ts does it.

/** What an index record spans at most (writer.ts). */
const BLOCK_BYTES = 256 * 1024;
const STEP_BYTES = 64;

interface Counted {
  block: Uint8Array;
  /** Newlines from one address up to another, which is a multiple of STEP_BYTES further, and above it. */
  count?(start: number, end: number): number;
}

let counted: Counted | undefined;

/** One for the whole process, made when it is first asked for: what lies in it is gone when the next asks. */
export function commonBlock(): Uint8Array {
  counted ??= tryCompile() ?? { block: new Uint8Array(BLOCK_BYTES) };
  return counted.block;
}

/** Newlines in the first bytes that lie in the block, and what is left uncounted behind them; `undefined` for bytes that lie elsewhere. */
export function countInBlock(bytes: Uint8Array): { newlines: number; rest: Uint8Array } | undefined {
  if (counted?.count === undefined || bytes.buffer !== counted.block.buffer) return undefined;
  const whole = bytes.length - (bytes.length % STEP_BYTES);
  const newlines = whole === 0 ? 0 : counted.count(bytes.byteOffset, bytes.byteOffset + whole);
  return { newlines, rest: bytes.subarray(whole) };
}

/**
 * (module (memory (export "memory") 4 4)
 *   (func (export "count") (param $at i32) (param $end i32) (result i32)
 *     (local $count i32) (local $stop i32) (local $sums v128) (local $newlines v128)
 *     (local.set $newlines (i8x16.splat (i32.const 10)))
 *     (loop $all  ;; so far that no sum can pass 255
 *       (local.set $stop (i32.add (local.get $at) (i32.const 4032)))
 *       (local.set $stop (select (local.get $stop) (local.get $end) (i32.lt_u (local.get $stop) (local.get $end))))
 *       (local.set $sums (v128.const i32x4 0 0 0 0))
 *       (loop $step  ;; sums -= (load == newlines), for offset = 0, 16, 32, 48
 *         (local.set $sums (i8x16.sub … (i8x16.eq (v128.load offset=… align=1 (local.get $at)) (local.get $newlines)) …))
 *         (br_if $step (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $stop))))
 *       (local.set $sums (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $sums))))
 *       (local.set $count (i32.add … (i32x4.extract_lane 0 … 3 (local.get $sums)) …))
 *       (br_if $all (i32.lt_u (local.get $at) (local.get $end))))
 *     (local.get $count)))
 */
const MODULE =
  "AGFzbQEAAAABBwFgAn9/AX8DAgEABQQBAQQEBxICBm1lbW9yeQIABWNvdW50AAAKqwEBqAECAn8Ce0EK/Q8hBQNAIABBwB9qIQMgAyABIAMgAUkbIQP9DAAAAAAA" +
  "AAAAAAAAAAAAAAAhBANAIAQgAP0AAAAgBf0j/XEgAP0AABAgBf0j/XEgAP0AACAgBf0j/XEgAP0AADAgBf0j/XEhBCAAQcAAaiIAIANJDQALIAIgBP19/X8hBCAE/RsA" +
  "aiAE/RsBaiAE/RsCaiAE/RsDaiECIAAgAUkNAAsgAgs=";

/** `undefined` on a processor without SIMD, and where so little memory may be mapped that WebAssembly's can't (setrlimit(2): RLIMIT_AS). */
function tryCompile(): Counted | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, "base64")));
    const { memory, count } = exports as { memory: WebAssembly.Memory; count: Counted["count"] & {} };
    return { block: new Uint8Array(memory.buffer), count };
  } catch {
    return undefined;
  }
}
