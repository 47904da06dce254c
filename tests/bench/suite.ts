// A test suite as an agent meets it: so many lines, a pause before each, a few failures, a verdict, exit code 1.

import { exit } from "node:process";

const [lines = 900, pauseMs = 200] = process.argv.slice(2).map(Number);
const began = performance.now();
for (let n = 1; n <= lines; n += 1) {
  await Bun.sleep(Math.max(0, began + n * pauseMs - performance.now()));
  const fails = n % Math.ceil(lines / 3) === Math.ceil(lines / 6);
  console.log(`${fails ? "not ok" : "ok"} ${n} - part ${n % 17} takes a request of ${n * 3} bytes and answers in time`);
  if (fails)
    console.log(`  ---\n  expected: 200\n  actual:   503\n  at: answers (tests/part-${n % 17}.ts:${n}:7)\n  ...`);
}
console.log(`\n${lines - 3} passed, 3 failed`);
exit(1);
