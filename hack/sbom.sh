#!/bin/sh
# Writes what each program and the web client are made of into dist, as CycloneDX:
# dist/NAME.cdx.json. The programs are built as they are shipped, and then asked.
#
#   hack/sbom.sh VERSION
set -eu

version=$1
cd "$(dirname "$0")/.."
mkdir -p dist
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for program in chatserver webclient operator member; do
	CGO_ENABLED=0 GOOS=linux go build -tags embedclient,grpcnotrace -trimpath -ldflags '-s -w' -o "$folder/$program" "./cmd/$program"
	build/tools/cyclonedx-gomod bin -json -std -version "$version" -output "dist/$program.cdx.json" "$folder/$program"
done
# First to another place: a redirection leaves an empty file when npm fails.
(cd client && npm sbom --sbom-format cyclonedx --sbom-type application --omit dev) >"$folder/client"
cp "$folder/client" dist/client.cdx.json
ls dist/*.cdx.json
