// Ordinary commands, as agents write them, pass under sensible lists. Each is proper bash, so that the list is what decides.

import { expect, test } from "bun:test";
import { sentenceOf } from "./helpers/policy.ts";

/** A web project's: its tools, and what only looks or belongs to the shell. */
const ALLOW = [
  "^(npm|npx|pnpm|yarn|bun|bunx|node|tsc|eslint|vitest|jest)( |$)",
  "^(cargo|go|make|cmake|ninja|pytest|python3?|pip|uv|mvn|gradle|docker|kubectl|curl|wget|tar|gzip|rsync)( |$)",
  "^git (status|diff|log|show|fetch|pull|clone|rev-parse|add|commit|checkout|stash)( |$)",
  "^(cd|pushd|popd|echo|printf|cat|ls|head|tail|grep|rg|sed|awk|sort|uniq|wc|tee|find|diff|cut|tr|jq|date|true|false|:|test|\\[|sleep|wait|exit|return|read|set|shopt|local|declare|shift|command|which|mkdir|touch|rm|cp|mv|basename|dirname|seq|xargs|time|break|continue|trap|kill|pwd|export|unset|build|run|let|f)( |$)",
  "^\\./(gradlew|configure|scripts/[a-z-]+\\.sh)( |$)",
].join(",");
const ALLOW_ENV =
  "CI,NODE_ENV,RUST_LOG,RUST_BACKTRACE,DEBUG,FORCE_COLOR,CARGO_TERM_COLOR,PYTHONPATH,GOFLAGS,PORT,BUILD_DIR,DATABASE_URL";
const DENY = "^rm -rf,^sudo ,^git push,--force\\b,^> /etc/,^curl .*evil";

const ORDINARY = [
  "npm test",
  "npm ci && npm run build",
  "npm ci; npm test",
  "npm run dev",
  "npm test 2>&1 | tail -50",
  "npm test 2>&1 | tee test.log",
  "npm run build > build.log 2>&1",
  "npm test -- --grep 'a b|c'",
  'npx vitest run src/a.test.ts -t "adds (1 + 2)"',
  "cd web && npm ci && npm run build",
  'cd "$PWD/web" && npm test',
  "(cd web && npm test)",
  "CI=1 npm test",
  "CI=1 NODE_ENV=test npx jest --runInBand",
  "env CI=1 npm test",
  "env CI=1 npm test --silent",
  "env CI=1 git status --short",
  "env grep -S x a.txt",
  "env -u CI npm run build -- -S",
  "env NODE_ENV=test npm run build",
  "time npm run build",
  "time -p make -j4",
  "nohup npm start &",
  "timeout 300 npm test",
  "timeout -k 5 60s pytest -x",
  "timeout --signal=INT 10 node server.js",
  "nice -n 10 make -j8",
  "nice make",
  "stdbuf -oL npm test | grep -v warn",
  "bash -c 'npm ci && npm test'",
  "bash -lc 'npm test'",
  'sh -c "echo a; echo b"',
  "bash -euo pipefail -c 'npm ci | tee log'",
  "set -e; npm ci; npm test",
  "set -euo pipefail\nnpm ci\nnpm test\n",
  "for i in 1 2 3; do echo $i; sleep 1; done",
  'for f in src/*.ts; do eslint "$f" || exit 1; done',
  "for i in {1..5}; do npm test || break; done",
  "for ((i = 0; i < 3; i++)); do npm test; done",
  "i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done",
  "while ! curl -sf http://localhost:3000/health; do sleep 1; done",
  "until curl -s localhost:8080 >/dev/null 2>&1; do sleep 0.5; done; echo up",
  "if [ -f package.json ]; then npm ci; else echo none; fi",
  "[ -d dist ] || npm run build",
  "[[ -d node_modules ]] || npm ci",
  "[[ $(node -v) == v2* ]] && npm test",
  'if [[ -n "$CI" && $# -gt 0 ]]; then npm ci; fi',
  'case "$1" in a) npm test ;; *) npm run build ;; esac',
  "build() { npm run build; }; build",
  'run() { local name=$1; npm run "$name"; }; run build',
  "cargo build --release 2>&1 | tail -n 20",
  "RUST_LOG=debug cargo test -- --nocapture",
  "RUST_BACKTRACE=1 cargo test --workspace --all-features",
  "go test ./... -race -count=1",
  "go build -o bin/app ./cmd/app",
  "make -j4 all || make all",
  "cmake -S . -B build && cmake --build build -j 4",
  './configure --prefix="$PWD/out" && make',
  "./gradlew build --no-daemon",
  "./scripts/run-all.sh --fast",
  "python3 -m pytest tests -q",
  "python train.py --epochs 10 --lr 1e-3",
  "PYTHONPATH=src python3 -c 'print(1 + 1)'",
  "python3 - <<'EOF'\nprint('a; b | c')\nEOF",
  "cat <<'EOF' > notes.txt\n$(not run) `nor this`\nEOF",
  "cat <<EOF\nhello $USER\nEOF",
  "pip install -r requirements.txt",
  "uv run pytest",
  "docker compose up -d --build",
  'docker run --rm -v "$PWD:/app" node:20 npm test',
  "kubectl get pods -A | grep -v Running",
  "git status --short",
  "git log --oneline -n 20 | cat",
  "git diff HEAD~1 -- src/ | head -100",
  "git commit -m 'fix: a (b) & c; $d'",
  "git clone --depth 1 https://example.com/a.git",
  "git fetch origin && git checkout -b feature/x origin/main",
  "curl -fsSL https://example.com/a.tar.gz | tar xz -C tmp",
  "curl -s 'https://example.com/?a=1&b=2' | jq '.items[] | .name'",
  "find . -name '*.ts' -not -path './node_modules/*' | xargs wc -l",
  "find src -name '*.ts' -exec grep -l TODO {} +",
  "find . -type f -name '*.log' -print0 | xargs -0 ls -l",
  'find "$DIR" -type f',
  'find "$DIR" -name "$pattern"',
  'find "$DIR" -name "*.ts" -exec grep -l "$word" {} +',
  'find . -mtime "-$days" -exec ls -l {} \\;',
  "find {src,tests,my-{app,lib}} -name '*.ts'",
  "find src/{a,b} *.d -type f | xargs grep -l foo",
  'find . \\( -name "$a" -o -name "$b" \\) -exec cp {} "$dest" \\;',
  'find "$PWD" -name node_modules -prune -o -type f -newer "$stamp" -print',
  "ls | xargs -I{} find {} -name '*.log'",
  "while read -r name; do bash -c 'npm test'; done <<'E'\n$a\nE",
  "bash -euxo pipefail -c 'npm ci'",
  "bash -o errexit -o pipefail -c 'npm ci; npm test'",
  "bash -c 'npm run \"$0\"' build",
  "ls | xargs grep -l foo",
  "ls | xargs -r -L1 -i cp {} build/",
  'declare -a list=(a b c); for one in "${list[@]}"; do echo "$one"; done',
  'declare -a list=("$(date)" $x); local name="($x)"',
  "declare note='(see $(date))'; echo \"$note\"",
  'local name=$1 list=("$@")',
  "read -rp 'go on? ' -n1 answer; echo \"$answer\"",
  "read -r -t5 -d '' text < a.txt; read -ra words <<< 'a b'",
  'read -r line; test -v line && echo "$line"; unset line',
  "test -v CI || echo local",
  'for name in CI PORT; do unset "$name"; [ -v "$name" ] || echo "$name"; done',
  "n=0; let n=n+1; let n+=2; echo $((n))",
  "f() { local n=$(((2 + 3) * 4)) m=1; echo $((n + m)); }; echo $(f)",
  "for i in {1..3} 4 $((5)); do echo $((i * 2)); done; total=0; ((total += 1)); echo $((total))",
  "n=1; n+=2; echo $((n)); : ${m:=3}; echo $((m))",
  "a=1 b=2 c=a; echo $((a + b + c))",
  'a=([0]=x [1]=y); printf \'[%s]\\n\' "[$(date)]" "${a[0]}"',
  'local note="[$(date)] started"; echo "$note"',
  "grep -rn \"foo\\|bar\" src --include='*.ts' | head",
  "rg 'a\\(b' -g '!dist' | sort | uniq -c | sort -rn | head -20",
  "awk '{ print $1 }' file.txt | sort -u",
  "sed -n '1,20p' README.md",
  "ls -la | awk '{sum += $5} END {print sum}'",
  "tail -f app.log | grep --line-buffered ERROR",
  'echo "start $(date)"; npm test; echo "end $(date)"',
  "echo `date`",
  "echo $((2 + 3 * 4))",
  "echo 'it'\\''s; rm -rf /'",
  'echo "a && b"',
  "echo a\\;b",
  "echo '$(date)'",
  "echo -e 'a\\nb' | tr a-z A-Z",
  "printf '%s\\n' a b c | while read -r line; do echo \"got $line\"; done",
  'out=$(npm test 2>&1); code=$?; echo "$out" | tail -5; exit $code',
  "npm test && echo PASS || echo FAIL",
  'npm test; echo "exit: $?"',
  "{ npm run lint; npm test; } 2>&1 | tee all.log",
  "npm run server & npm run client & wait",
  "npm start & pid=$!; sleep 5; kill $pid",
  "trap 'kill $(cat pid)' EXIT; npm start",
  "trap 'echo done' EXIT; npm test",
  "trap 'rm -f x' EXIT; trap - INT; trap -p; npm test",
  'for sig in INT TERM; do trap - "$sig"; done',
  "diff <(sort a.txt) <(sort b.txt)",
  "tee >(grep ERROR > errors.log) < app.log",
  "cat < in.txt > out.txt 2>/dev/null",
  "npm test >> log.txt 2>&1 </dev/null",
  "npm test &> all.txt",
  "command -v node >/dev/null || echo missing",
  "which node npm; node -v",
  "mkdir -p build/tmp && touch build/tmp/a",
  "cp -r src/{a,b} build/",
  "ls *.ts **/*.md 2>/dev/null",
  "mv build.log build.log.1 2>/dev/null || true",
  "tar czf out.tgz --exclude=node_modules .",
  "rsync -a --delete src/ backup/",
  "export CI=1; npm test",
  "export NODE_ENV=production PORT=3000 && npm start",
  "sleep 60 && echo done",
  "sleep 5; curl -s localhost:3000",
  "# run the tests\nnpm test  # all of them",
  "npm run build \\\n  --workspace=a \\\n  --workspace=b",
  "npm test -- --reporter=json | jq '.stats | {passes, failures}'",
  "node -e 'console.log(process.version); process.exit(0)'",
  "node --max-old-space-size=4096 build.js",
  "shopt -s globstar; ls **/*.ts",
  'name=web; npm run "build:$name"',
  'files=(a.ts b.ts); eslint "${files[@]}"',
  'dir=${1:-src}; ls "$dir"',
  "n=${#files[@]}; echo $n",
  'echo "${PWD##*/}" "${HOME%/*}"',
  '[ "$(git rev-parse HEAD)" = "$(cat .rev)" ] && echo same',
  "pytest -k 'not slow and (a or b)' --maxfail=1",
  "xargs -n1 npm run < scripts.txt",
  "seq 1 10 | xargs -I{} echo item {}",
  "seq 3 | xargs -P 3 -n 1 echo",
  "true; :; false || true",
  "/usr/bin/env node script.js",
  "/usr/bin/make -C sub",
  "echo ünïcödé 日本語 🎉",
];

test("there are enough of them, and each once", () => {
  expect(new Set(ORDINARY).size).toBe(ORDINARY.length);
  expect(ORDINARY.length).toBeGreaterThanOrEqual(80);
});

test("each passes under a sensible allow list", async () => {
  const refused: string[] = [];
  for (const text of ORDINARY) {
    const said = await sentenceOf(text, { allow: ALLOW, allowEnv: ALLOW_ENV });
    if (said !== "allowed") refused.push(said);
  }
  expect(refused).toEqual([]);
});

test("each passes under a sensible deny list, and an ask list that is not about it", async () => {
  const refused: string[] = [];
  for (const text of ORDINARY)
    for (const lists of [{ deny: DENY }, { ask: "^git push( |$)" }]) {
      const said = await sentenceOf(text, lists);
      if (said !== "allowed") refused.push(said);
    }
  expect(refused).toEqual([]);
});

test("a deny list leaves wrappers with expansions alone", async () => {
  for (const text of [
    'timeout "$T" npm test',
    "timeout $T npm run $x",
    'timeout -k "$K" $T npm test',
    "nice -n $N npm test",
    "su - postgres -c 'psql -l'",
    'su "$user" -c id',
    "runuser -u postgres -- psql -c 'select 1'",
    "script -qec 'npm test' out.txt",
    'compgen -W "a b" -- "$word"',
    "mapfile -t lines < a.txt",
  ])
    expect([text, await sentenceOf(text, { deny: DENY })]).toEqual([text, "allowed"]);
});

test("a shell that is allowed by name reads files, however their names come about", async () => {
  for (const text of [
    'for f in tests/*.sh; do bash "$f"; done',
    "for f in tests/*.sh; do bash $f; done",
    'bash "$dir/build.sh" --fast "it\'s"',
    'bash "$script" build "$x"',
    "bash $HOME/x.sh --flag",
    "bash ${DIR}/run.sh arg",
    "bash $(git rev-parse --show-toplevel)/x.sh -v",
    'bash $(dirname "$0")/x.sh prod',
    "sh $script build",
    "sh scripts/$name.sh {a,b} *",
    "bash build.sh <<'E'\n$data: (\nE",
    "while read -r file; do bash build.sh \"$file\"; done <<'E'\n$data\nE",
  ])
    for (const lists of [{ deny: DENY }, { ask: "^git push( |$)" }, { allow: `^(ba)?sh( |$),${ALLOW}` }])
      expect([text, await sentenceOf(text, lists)]).toEqual([text, "allowed"]);
});

test("each is what bash takes", async () => {
  const wrong: string[] = [];
  for (const text of ORDINARY) {
    const run = Bun.spawnSync(["bash", "-n", "-c", text], { stderr: "pipe" });
    if (run.exitCode !== 0) wrong.push(`${text}: ${run.stderr.toString()}`);
  }
  expect(wrong).toEqual([]);
});
