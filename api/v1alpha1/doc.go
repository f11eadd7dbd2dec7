// Package v1alpha1 is the type ChatRoom: one installation of the chat, with its servers,
// its database and its monitoring, as people ask Kubernetes for it. The comments on its
// fields are what `kubectl explain chatroom.spec` shows.
//
// The defaults and rules stand in markers beside the fields and reach the cluster as the
// schema in config/crd; Default and Validate say the same in Go, for programs.
//
// +kubebuilder:object:generate=true
// +groupName=parley.chat
package v1alpha1
