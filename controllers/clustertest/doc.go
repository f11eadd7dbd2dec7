// Package clustertest runs a real Kubernetes API server with its etcd for tests, on free
// ports of the loopback interface, with our CRD installed. There is no controller and no
// node: nothing that is created runs.
//
// Both programs are those in KUBEBUILDER_ASSETS, or in build/tools in the module's root,
// where hack/kubernetes.sh puts them. Without them tests are skipped and say so; with
// PARLEY_REQUIRE_KUBERNETES=1 they fail.
package clustertest
