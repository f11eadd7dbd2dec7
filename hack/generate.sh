#!/bin/sh
# Writes what is generated from the types in api: their copying, and the CRD.
#
#   hack/generate.sh [FOLDER]    into FOLDER instead of where it belongs, for the test that
#                                compares both
set -eu

controller_gen=sigs.k8s.io/controller-tools/cmd/controller-gen@v0.23.0

cd "$(dirname "$0")/.."
code=api/v1alpha1 crd=config/crd
if [ $# -gt 0 ]; then
	code=$1 crd=$1
fi

hack/tool.sh "$controller_gen"
build/tools/controller-gen object crd paths=./api/... output:object:dir="$code" output:crd:dir="$crd"
