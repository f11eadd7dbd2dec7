#!/bin/sh
# Makes a cluster of kind with a chat in it, by the commands that the README shows. What is
# there already is kept, so that it can be run again after a change.
set -eu

cd "$(dirname "$0")/.."

say() { printf 'kind: %s\n' "$*"; }

# need ends it where a program is missing: need PROGRAM WHERE
need() {
	command -v "$1" >/dev/null && return
	say "$1 is missing; get it from $2" >&2
	exit 1
}

need kind https://kind.sigs.k8s.io/docs/user/quick-start/#installation
need kubectl https://kubernetes.io/docs/tasks/tools/
need docker https://docs.docker.com/engine/install/
docker info >/dev/null 2>&1 || { say "docker does not reach its engine: start it, or name it by DOCKER_HOST" >&2; exit 1; }

run() {
	say "$*"
	"$@"
}

kind get clusters 2>/dev/null | grep -qx parley || run kind create cluster --config kind-config.yaml
run kubectl config use-context kind-parley
run make images
run kind load docker-image --name parley parley/chatserver:dev parley/webclient:dev parley/operator:dev
run kubectl apply --server-side -k config/default
# Images that were loaded anew have the same name: only new pods have them.
run kubectl -n parley-system rollout restart deployment/parley-operator
run kubectl -n parley-system rollout status deployment/parley-operator --timeout=5m
run kubectl apply -f config/samples/kind.yaml
run kubectl wait --for=condition=Ready chatroom/sample --timeout=10m
run kubectl get chatroom
say "the chat is at http://localhost:3000; kind delete cluster --name parley removes all of it"
