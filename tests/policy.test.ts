// What a policy allows and refuses, and what it says.

import { expect, test } from "bun:test";
import { sentenceOf, verdictOf } from "./helpers/policy.ts";

test("deny wins over allow, both match anywhere and ignore case", async () => {
  const lists = { allow: "^npm ,make", deny: "rm -rf,a{1\\,2}b" };
  expect(await sentenceOf("NPM test", lists)).toBe("allowed");
  expect(await sentenceOf("make all", lists)).toBe("allowed");
  expect(await sentenceOf("cargo test", lists)).toMatch(
    /is refused: it matches no allow pattern; .* BACKBURNER_ALLOW$/,
  );
  expect(await sentenceOf("make && RM -RF /", lists)).toMatch(
    /is refused: it matches the deny pattern "rm -rf"; .* BACKBURNER_DENY$/,
  );
  expect(await sentenceOf("make aab", lists)).toMatch(/deny pattern/);
  expect(await sentenceOf("npmx test", lists)).toMatch(/matches no allow pattern/);
});

test("every simple command has to be allowed, and the one that is not is named", async () => {
  expect(await sentenceOf("npm ci && rm x", { allow: "^npm " })).toBe(
    'the command "npm ci && rm x" is refused: "rm x" in it matches no allow pattern; run something else or ask the person who set BACKBURNER_ALLOW',
  );
  expect(await sentenceOf("npm ci | tee log", { allow: "^npm ,^tee " })).toBe("allowed");
});

test("a path is what it is, except where only the system puts programs", async () => {
  const allow = "^(npm|ls)( |$)";
  expect(await sentenceOf("/usr/bin/npm ci; /bin/ls", { allow })).toBe("allowed");
  for (const text of ["./npm ci", "/tmp/npm ci", "/usr/bin/../../tmp/npm ci", "bin/ls"])
    expect(await sentenceOf(text, { allow })).toMatch(/matches no allow pattern/);
  expect(await sentenceOf("/tmp/../bin/rm x", { deny: "^rm " })).toMatch(/matches the deny pattern "\^rm "/);
});

test("look-alikes of ASCII letters are other letters", async () => {
  expect(await sentenceOf("\u017fh x", { allow: "^sh " })).toMatch(/matches no allow pattern/);
  expect(await sentenceOf("\u212aill 1", { allow: "^kill " })).toMatch(/matches no allow pattern/);
});

test("with an allow list only named variables may be set; the shell's own lower-case ones are free", async () => {
  const lists = { allow: "^(npm|echo|true)( |$)", allowEnv: "CI" };
  for (const text of ["CI=1 npm ci", "i=0; for f in a b; do i=$((i+1)); echo $f; done", "out=$(npm ci); echo $out"])
    expect([text, await sentenceOf(text, lists)]).toEqual([text, "allowed"]);
  for (const [text, name] of [
    ["PATH=/tmp npm ci", "PATH"],
    ["NODE_OPTIONS=x npm ci", "NODE_OPTIONS"],
    ["npm_config_x=1 npm ci", "npm_config_x"],
    ["for PATH in /tmp; do npm ci; done", "PATH"],
    ["BASH_ENV=x true", "BASH_ENV"],
    ["home=x", "home"],
  ])
    expect(await sentenceOf(text ?? "", lists, { environment: { home: "" } })).toContain(`it sets "${name}"`);
  expect(await sentenceOf("true", lists, { env: { CI: "1" } })).toBe("allowed");
  expect(await sentenceOf("true", lists, { env: { LD_PRELOAD: "x" } })).toContain('it sets "LD_PRELOAD"');
});

test("with a deny list alone only variables that a shell or loader runs are refused", async () => {
  const deny = "^rm ";
  expect(await sentenceOf("PATH=$PWD/bin:$PATH NODE_ENV=test npm test", { deny })).toBe("allowed");
  expect(await sentenceOf("BASH_ENV=x bash x.sh", { deny })).toContain('it sets "BASH_ENV"');
  expect(await sentenceOf("BASH_ENV=x bash x.sh", { deny, allowEnv: "BASH_ENV" })).toBe("allowed");
  expect(await sentenceOf("true", { deny }, { env: { LD_PRELOAD: "x" } })).toContain('it sets "LD_PRELOAD"');
});

test("a value that is denied is refused without being told", async () => {
  const said = await sentenceOf("git fetch", { deny: "evil" }, { env: { GIT_SSH_COMMAND: "evil secret" } });
  expect(said).toBe(
    'the command "git fetch" is refused: the variable "GIT_SSH_COMMAND" that it would be given matches the deny pattern "evil"; leave that out or ask the person who set BACKBURNER_DENY',
  );
});

test("with an allow list files are written below the directory, and hidden ones by an entry only", async () => {
  const allow = "^(npm|echo|cd)( |$)";
  for (const text of [
    "npm ci > out.log 2>&1",
    "npm ci >/dev/null",
    "cd web && npm ci > a/b.log",
    "echo x >&2",
    "npm ci 2>> ./err",
    "env -C web npm ci > a.log",
    "command time -o a.log npm ci",
  ])
    expect([text, await sentenceOf(text, { allow })]).toEqual([text, "allowed"]);
  for (const text of [
    "> .env",
    "> a/.git/config",
    "> ../x",
    "> /tmp/x",
    "> ~/x",
    "> $x",
    "cd ..; echo > x",
    "cd $x; echo > y",
    "cd; echo > x",
    "env -C /tmp sh -c 'echo > x'",
    "env --chdir=.. sh -c 'echo > x'",
    "command time -o /tmp/x npm ci",
    "command time -ao../x npm ci",
    "command time --out ~/x npm ci",
    "xvfb-run -e /tmp/x npm ci",
  ])
    expect([text, await sentenceOf(text, { allow })]).toEqual([
      text,
      expect.stringContaining("it writes to a file outside"),
    ]);
  expect(await sentenceOf("echo x > /tmp/x", { allow: `${allow},^> /tmp/` })).toBe("allowed");
  expect(await sentenceOf("echo x > .env", { deny: "^> \\.env" })).toMatch(/"> .env" in it matches the deny pattern/);
});

test("a pattern is matched with the arguments that the command is given", async () => {
  expect(await sentenceOf("ls | xargs sed -i.bak s/a/b/", { deny: "^sed .*-i" })).toMatch(/matches the deny pattern/);
  expect(await sentenceOf("ls | xargs grep -efoo", { allow: "^ls$,^grep -e[a-z]+ \\{\\}$" })).toBe("allowed");
});

test("nobody writes the policy itself: not below the home of backburner", async () => {
  const request = { cwd: "/srv/bb", home: "/srv/bb" };
  expect(await sentenceOf("echo x > config.toml", { allow: "^echo " }, request)).toContain(
    "it writes to a file outside",
  );
});

test("an open stdin needs an entry of its own with allow or ask", async () => {
  const pty = { pty: true };
  const interactive = { interactive: true };
  expect(await sentenceOf("python3", { allow: "python3" }, pty)).toBe(
    'the command "python3" is refused: what is typed into it later can\'t be judged, and "python3" matches no allow pattern that begins with "pty:"; start it without pty or ask the person who set BACKBURNER_ALLOW',
  );
  expect(await sentenceOf("python3", { allow: "pty:^python3$" }, pty)).toBe("allowed");
  expect(await sentenceOf("python3", { allow: "^ls,pty:^python3$" })).toMatch(/no allow pattern/);
  expect(await sentenceOf("bash", { ask: "^rm " }, interactive)).toMatch(/begins with "interactive:"/);
  expect(await sentenceOf("bash", { ask: "^rm ,interactive:^bash" }, interactive)).toBe("ask");
  expect(await sentenceOf("bash", { ask: "^rm ", allow: "interactive:^cat" })).toBe("allowed");
  expect(await sentenceOf("bash", { deny: "^rm " }, pty)).toBe("allowed");
  expect(await sentenceOf("bash", { deny: "pty:." }, pty)).toMatch(/deny pattern "pty:\."/);
  expect(await sentenceOf("bash", { deny: "pty:." })).toBe("allowed");
});

test("what is fed to stdin is judged by the deny list", async () => {
  expect(await sentenceOf("bash", { deny: "^rm " }, { stdin: "ls; r''m secret\n" })).toBe(
    'the command "bash" is refused: what it would be fed on stdin matches the deny pattern "^rm "; leave that out or ask the person who set BACKBURNER_DENY',
  );
  expect(await sentenceOf("bash", { deny: "^rm " }, { stdin: "ls\n" })).toBe("allowed");
});

test("deny wins over ask, ask over allow, and the rest still has to be allowed", async () => {
  const lists = { allow: "^(npm|git)( |$)", ask: "^git push", deny: "--force" };
  expect(await sentenceOf("npm ci", lists)).toBe("allowed");
  expect(await verdictOf("npm ci && git push", lists)).toMatchObject({ decision: "ask", pattern: "^git push" });
  expect(await sentenceOf("git push --force", lists)).toMatch(/deny pattern/);
  expect(await sentenceOf("git push && rm x", lists)).toMatch(/"rm x" in it matches no allow pattern/);
  expect(await sentenceOf("make all", { ask: "^git push" })).toBe("allowed");
  expect(await sentenceOf("env git push", { ask: "^git push" })).toBe("ask");
  expect(await sentenceOf("echo 'unfinished", { ask: "^git push" })).toBe("ask");
});

test("a shell that reads text in its own way is not judged by allow and ask", async () => {
  const shell = ["/usr/bin/fish", "-c"];
  expect(await sentenceOf("ls", { allow: "^ls" }, { shell })).toMatch(/its shell is "\/usr\/bin\/fish"/);
  expect(await sentenceOf("ls", { ask: "^rm" }, { shell })).toMatch(/its shell is/);
  expect(await sentenceOf("ls", { deny: "^rm" }, { shell })).toBe("allowed");
  for (const known of [
    ["bash", "-lc"],
    ["/bin/sh", "-eu", "-c"],
    ["busybox", "sh", "-c"],
    ["bash", "-eo", "pipefail", "-c"],
  ])
    expect(await sentenceOf("ls", { allow: "^ls" }, { shell: known })).toBe("allowed");
});

test("what means something else to another sh is refused where the shell is no bash", async () => {
  expect(await sentenceOf("[[ a && rm ]]", { allow: "^ls" }, { shell: ["/bin/sh", "-c"] })).toMatch(
    /\[\[ \]\] means something else/,
  );
  expect(await sentenceOf("[[ a && b ]]", { allow: "^ls" })).toBe("allowed");
});

test("text of any size and depth gets a verdict", async () => {
  const deep = `${"$(".repeat(500)}true${")".repeat(500)}`;
  expect(await sentenceOf(`echo ${deep}`, { allow: "^(echo|true)" })).toMatch(/refused/);
  expect(await sentenceOf(`true ${"x ".repeat(60_000)}`, { allow: "^true" })).toBe("allowed");
  let nested = "true";
  for (let depth = 0; depth < 12; depth += 1) nested = `eval ${JSON.stringify(nested)}`;
  expect(await sentenceOf(nested, { allow: "^true" })).toMatch(/allowed|refused/);
});
