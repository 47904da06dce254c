// Command lines of every kind: of one that is executed without a shell, the shells make the same words.

import { afterAll, expect, test } from "bun:test";
import * as fc from "fast-check";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { plainWordsOf } from "../../src/process/words.posix.ts";
import { fuzz, FUZZ_TIMEOUT_MS } from "../helpers/fuzz.ts";

const room = realpathSync(mkdtempSync(join(tmpdir(), "backburner-lines-")));
afterAll(() => rmSync(room, { recursive: true, force: true }));

const oneOf = (characters: string) => fc.constantFrom(...Array.from(characters));
const special = oneOf("'\"\\$`~*?[]{}()<>|&;!#=%^\t\n\r\v\f\0\x01\x7f\x85\xa0é東\u2028😀");
const usual = oneOf("abzAZ019_-./:,@+%=");
const bare = fc
  .array(fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: special }), { minLength: 1, maxLength: 6 })
  .map((all) => all.join(""));
const inside = fc.array(
  fc.oneof({ weight: 2, arbitrary: usual }, { weight: 1, arbitrary: oneOf(" ~*?!#$`\\&|;<>(){}[]^'\"") }),
  {
    maxLength: 5,
  },
);
const quoted = fc.tuple(fc.constantFrom("'", '"'), inside).map(([quote, all]) => quote + all.join("") + quote);
const odd = fc.constantFrom(..."-- -c +x if time A=1 ~ a=~ {a,b} a{1..3} $x ! # 2>x '' \"\"".split(" "));
const word = fc.oneof(
  { weight: 6, arbitrary: bare },
  { weight: 2, arbitrary: quoted },
  { weight: 1, arbitrary: fc.tuple(bare, quoted).map(([a, b]) => a + b) },
  { weight: 1, arbitrary: odd },
);
const blank = fc.constantFrom(" ", " ", " ", "  ", "\t");
const line = fc
  .tuple(fc.constantFrom("", "", " "), fc.array(fc.tuple(word, blank), { minLength: 1, maxLength: 5 }))
  .map(([before, pairs]) => before + pairs.flat().join(""));

/** Shows its name and its arguments, NUL after each: "%s\0" is printf's first argument (execve(2): #!). */
const SHOW = "#!/usr/bin/printf %s\\0\n";

test(
  "a line is plain only if bash and dash make the same words of it",
  async () => {
    const tried = { plain: 0, all: 0 };
    await fuzz("command lines", line, async (text) => {
      tried.all += 1;
      const words = plainWordsOf(text);
      const program = words?.[0] ?? "";
      if (!words || /^\/|\.\.|\.$|\/$/.test(program)) return; // else a program of that name can't be put below
      tried.plain += 1;
      rmSync(room, { recursive: true, force: true });
      const file = join(room, program);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, SHOW);
      chmodSync(file, 0o755);
      for (const shell of ["/bin/bash", "/bin/dash"]) {
        const { stdout, stderr, exitCode } = Bun.spawnSync([shell, "-c", text], { cwd: room, env: { PATH: room } });
        const seen = stdout.toString().split("\0");
        expect({ shell, text, words: seen, stderr: stderr.toString(), exitCode }).toEqual({
          shell,
          text,
          words: [program.includes("/") ? program : file, ...words.slice(1), ""],
          stderr: "",
          exitCode: 0,
        });
      }
    });
    expect(tried.plain).toBeGreaterThan(tried.all / 10);
  },
  FUZZ_TIMEOUT_MS,
);
