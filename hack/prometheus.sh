#!/bin/sh
# Builds Prometheus and promtool from their Go module and links them as
# build/tools/prometheus and build/tools/promtool. Quick when that is done already.
#
# The module is pinned by its checksum, and what it is made of by its own go.sum. Left
# out are the web interface, which the tests do not open, and the kinds of service
# discovery that our configuration does not use.
set -eu

module=github.com/prometheus/prometheus
version=v0.316.0 # which is v3.16.0
sum=h1:f1GRFerhTMKQma+awCoC9T820ecWeGSdF+xAlMHzZzM=
tags=remove_all_sd,enable_dns_sd

cd "$(dirname "$0")/.."
tools=build/tools
folder=prometheus-$version-$(go env GOVERSION)

say() { printf 'prometheus: %s\n' "$*"; }
fail() { printf 'prometheus: %s\n' "$*" >&2; exit 1; }

# field prints a field of what `go mod download -json` says.
field() { printf '%s\n' "$downloaded" | sed -n "s/^.*\"$1\": \"\(.*\)\",*\$/\1/p"; }

build() {
	say "building $version, which takes some minutes the first time"
	downloaded=$(GOWORK=off go mod download -json "$module@$version") || fail "could not download $module $version"
	[ "$(field Sum)" = "$sum" ] || fail "the module's checksum is $(field Sum), not $sum"
	part=$PWD/$tools/$folder.part
	mkdir -p "$part"
	for program in prometheus promtool; do
		(cd "$(field Dir)" && CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -tags "$tags" \
			-ldflags "-s -w -X github.com/prometheus/common/version.Version=3.${version#v0.3}" -o "$part/$program" "./cmd/$program")
	done
	rm -rf "${tools:?}/$folder"
	mv "$part" "$tools/$folder"
}

mkdir -p "$tools"
[ -x "$tools/$folder/prometheus" ] && [ -x "$tools/$folder/promtool" ] || build
for program in prometheus promtool; do ln -sfn "$folder/$program" "$tools/$program"; done
