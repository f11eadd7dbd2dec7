// Package monitoring tests what operators see against the real thing: a Prometheus with
// the project's own rules, three chat servers over a MongoDB replica set, and load from
// chatbench. Every expression of every rule, dashboard and runbook has to have something to
// say; then replicas, members and readers are broken, and the alert that is meant for it
// has to fire and to clear.
//
// It runs on Linux, as chatbench does, and needs what hack/mongod.sh and
// hack/prometheus.sh make; without them it fails.
package monitoring
