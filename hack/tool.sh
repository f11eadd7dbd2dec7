#!/bin/sh
# Builds a Go program from its module at the given version and links it as
# build/tools/NAME. Quick when that is done already.
#
#   hack/tool.sh PACKAGE@VERSION
set -eu

package=$1
# The last part of the path, but for the version that some end with.
name=$(basename "$(printf '%s' "${package%@*}" | sed 's|/v[0-9]*$||')")
version=${package##*@}

cd "$(dirname "$0")/.."
tools=build/tools
# By Go's version too: a linter built with an older Go refuses newer code.
folder=$name-$version-$(go env GOVERSION)

mkdir -p "$tools"
if [ ! -x "$tools/$folder/$name" ]; then
	printf '%s: building %s, which takes some minutes the first time\n' "$name" "$version"
	GOBIN=$PWD/$tools/$folder.part GOFLAGS= go install "$package"
	mkdir -p "$tools/$folder"
	mv "$tools/$folder.part/$name" "$tools/$folder/$name"
	rmdir "$tools/$folder.part"
fi
ln -sfn "$folder/$name" "$tools/$name"
