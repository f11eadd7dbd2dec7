#!/bin/sh
# Builds a Kubernetes API server and etcd from their Go modules and links them as
# build/tools/kube-apiserver and build/tools/etcd, for the tests that need real ones, and
# puts the CRDs of optional APIs into build/tools/crds. Quick when that is done already;
# about five minutes on two processors otherwise.
#
#   hack/kubernetes.sh         all of it
#   hack/kubernetes.sh crds    the CRDs alone, which takes a moment
#
# Which versions, and of what they are made, stands in hack/kubernetes/*/go.mod and go.sum;
# modules that only CRDs are taken from are pinned here by their checksums.
# With KUBEBUILDER_ASSETS set to a folder that has both, as setup-envtest makes them, those
# are linked instead.
set -eu

cd "$(dirname "$0")/.."
tools=build/tools
modules=hack/kubernetes

say() { printf 'kubernetes: %s\n' "$*"; }
fail() { printf 'kubernetes: %s\n' "$*" >&2; exit 1; }

# pinned prints a module's version: pinned FOLDER MODULE
pinned() { sed -n "s|^\(require \)\{0,1\}[[:space:]]*$2 \(v[^ ]*\).*|\2|p" "$modules/$1/go.mod" | head -n 1; }

# build compiles a program: build FOLDER PACKAGE NAME VERSION LINKER-FLAGS
build() {
	folder=$3-$4-$(go env GOVERSION)
	if [ ! -x "$tools/$folder/$3" ]; then
		say "building $3 $4, which takes some minutes the first time"
		mkdir -p "$tools/$folder.part"
		(cd "$modules/$1" && GOWORK=off GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -ldflags "-s -w $5" \
			-o "$OLDPWD/$tools/$folder.part/$3" "$2")
		rm -rf "${tools:?}/$folder"
		mv "$tools/$folder.part" "$tools/$folder"
	fi
	ln -sfn "$folder/$3" "$tools/$3"
}

# field prints a field of what `go mod download -json` says.
field() { printf '%s\n' "$downloaded" | sed -n "s/^.*\"$1\": \"\(.*\)\",*\$/\1/p"; }

# crds copies CRDs out of a module: crds MODULE@VERSION CHECKSUM FOLDER FILE...
crds() {
	module=$1 sum=$2 folder=$3
	shift 3
	kept=$tools/crds/$(basename "$module")
	if [ ! -d "$kept" ]; then
		downloaded=$(GOWORK=off go mod download -json "$module") || fail "could not download $module"
		[ "$(field Sum)" = "$sum" ] || fail "the checksum of $module is $(field Sum), not $sum"
		rm -rf "$kept.part"
		mkdir -p "$kept.part"
		for file in "$@"; do cp "$(field Dir)/$folder/$file" "$kept.part/"; done
		chmod -R u+w "$kept.part"
		mv "$kept.part" "$kept"
	fi
}

mkdir -p "$tools"
crds github.com/prometheus-operator/prometheus-operator@v0.85.0 h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s= \
	example/prometheus-operator-crd monitoring.coreos.com_servicemonitors.yaml monitoring.coreos.com_prometheusrules.yaml
crds sigs.k8s.io/gateway-api@v1.6.3 h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc= \
	config/crd/standard gateway.networking.k8s.io_httproutes.yaml
crds github.com/cert-manager/cert-manager@v1.21.2 h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68= \
	deploy/crds cert-manager.io_certificates.yaml
crds github.com/kedacore/keda/v2@v2.21.0 h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps= \
	config/crd/bases keda.sh_scaledobjects.yaml
[ "${1:-}" = crds ] && exit 0
if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -x "$KUBEBUILDER_ASSETS/kube-apiserver" ] && [ -x "$KUBEBUILDER_ASSETS/etcd" ]; then
	for program in kube-apiserver etcd; do ln -sfn "$KUBEBUILDER_ASSETS/$program" "$tools/$program"; done
	say "using those in $KUBEBUILDER_ASSETS"
	exit 0
fi
version=$(pinned apiserver k8s.io/kubernetes)
minor=${version#v1.}
stamp=k8s.io/component-base/version
build etcd . etcd "$(pinned etcd go.etcd.io/etcd/server/v3)" ""
# Without its version it would take itself for an unfinished one.
build apiserver k8s.io/kubernetes/cmd/kube-apiserver kube-apiserver "$version" \
	"-X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}"
