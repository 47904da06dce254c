#!/bin/sh
# Installs backburner for this user: takes this machine's archive of one release, compares it with the checksum below,
# and puts one file into ~/.local/bin. Nothing else is changed; removing that file undoes it.
#   BACKBURNER_INSTALL_DIR   where to put it instead
#   BACKBURNER_DOWNLOADS     where to take the archive from instead (a mirror); the checksum stays the same
set -eu

version=@VERSION@
downloads=${BACKBURNER_DOWNLOADS:-@DOWNLOADS@}
directory=${BACKBURNER_INSTALL_DIR:-$HOME/.local/bin}

fail() {
  echo "backburner: $1" >&2
  exit 1
}

# All of it is read before any of it is done: what is cut off on its way does nothing.
install() {
  case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) fail "this script knows Linux and macOS; for Windows there are scoop and the .zip of the release" ;;
  esac

  case $(uname -m) in
  x86_64 | amd64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) fail "there is no binary for $(uname -m); it can be built from the sources" ;;
  esac

  # A shell that runs translated on an ARM Mac is told of an Intel processor.
  if [ "$os-$arch" = darwin-x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then arch=arm64; fi

  target=$os-$arch
  hint=
  if [ "$os" = linux ] && ! ls /lib*/ld-linux-* >/dev/null 2>&1 && ls /lib/ld-musl-* >/dev/null 2>&1; then
    target=$target-musl
    hint=" (it needs libstdc++: on Alpine, apk add libstdc++)"
  fi

  case $target in
    *) sum=@SUMS@ ;;
  esac

  name=backburner-$version-$target
  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  trap 'exit 130' INT TERM

  echo "backburner $version for $target: taking $downloads/$name.tar.gz"
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --retry 2 -o "$temporary/archive" "$downloads/$name.tar.gz" || fail "the download failed"
  elif command -v wget >/dev/null 2>&1; then
    wget -qO "$temporary/archive" "$downloads/$name.tar.gz" || fail "the download failed"
  else
    fail "there is neither curl nor wget"
  fi

  if command -v sha256sum >/dev/null 2>&1; then
    found=$(sha256sum "$temporary/archive")
  else
    found=$(shasum -a 256 "$temporary/archive")
  fi
  [ "${found%% *}" = "$sum" ] || fail "what came is not the archive of this release (${found%% *}, expected $sum); nothing was installed"

  tar -xzf "$temporary/archive" -C "$temporary"
  mkdir -p "$directory"
  # Tried before it is put in place. Renaming is possible while the old one runs, and leaves no moment without one.
  new=$directory/.backburner.$$
  trap 'rm -rf "$temporary" "$new"' EXIT
  cp "$temporary/$name/backburner" "$new"
  chmod 755 "$new"
  "$new" --version >/dev/null || fail "the binary for $target doesn't run here; nothing was installed$hint"
  mv -f "$new" "$directory/backburner"

  echo "installed $directory/backburner"
  case :$PATH: in
  *:"$directory":*) ;;
  *) echo "$directory is not on your PATH; this line in your shell's profile changes that:  export PATH=\"$directory:\$PATH\"" ;;
  esac
  echo "next: backburner setup      (makes your agents know it)"
}

install </dev/null
