#!/bin/sh
# Runs the shorter suite on a cluster of kind that is made for it and removed afterwards.
# Services are reached by a route to the node, for which it needs root.
set -eu

cd "$(dirname "$0")/.."
name=parley-suite
KUBECONFIG=$(mktemp)
export KUBECONFIG

end() {
	kind delete cluster --name "$name"
	rm -f "$KUBECONFIG"
}
trap end EXIT

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
kind create cluster --name "$name" --wait 2m
node=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$name-control-plane")
$sudo ip route replace 10.96.0.0/16 via "$node"
make images
docker tag parley/chatserver:dev parley/chatserver:next
docker pull -q mongo:8.0
kind load docker-image --name "$name" parley/chatserver:dev parley/chatserver:next parley/webclient:dev parley/operator:dev mongo:8.0
make e2e-cluster-quick
