#!/bin/sh
# Writes dist/install.yaml, all of config/default in one file: what `kubectl apply` takes
# from a release.
set -eu

cd "$(dirname "$0")/.."
hack/tool.sh sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
mkdir -p dist
build/tools/kustomize build config/default > dist/install.yaml.part
mv dist/install.yaml.part dist/install.yaml
