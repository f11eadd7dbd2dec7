// Package monitoring is what operators see of an installation: rules and alerts for
// Prometheus, and dashboards for Grafana. Here are the tests of its files; e2e/monitoring
// tests them against chat servers that run.
package monitoring
