// Package cluster runs the README's walk through Kubernetes on a whole node, and breaks
// what runs there while people chat. See doc of TestCluster for what it needs.
package cluster
