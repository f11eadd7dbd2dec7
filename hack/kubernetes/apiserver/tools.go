//go:build tools

// Package apiserver pins the Kubernetes whose API server the tests run; see
// hack/kubernetes.sh.
package apiserver

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
