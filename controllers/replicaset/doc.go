// Package replicaset brings up a MongoDB replica set and changes its members,
// through the driver alone: without an agent beside mongod and without Kubernetes.
//
// Step looks at all members and does the next thing that brings them nearer to what
// is desired, one thing at most; its caller calls it again until the result is Done.
// It remembers nothing between two calls: whoever is stopped at any point, in the
// middle of a step too, goes on from what the members say.
//
// What it never does: initiate a set unless every member has proved to be empty,
// force a configuration, change more than one member at a time, let a member vote
// that has not caught up, or remove the primary without having it step down.
//
// Where the set has no user of the operator's yet, and to repair users, it logs in as
// __system with the keyFile's text, as the members themselves do.
package replicaset
