// Package controllers makes a running chat of each ChatRoom, and tells in its status how
// that goes. A pass over one ChatRoom looks at what there is, decides what there should
// be (package desired), brings the replica set one step further (package replicaset),
// applies the difference, and writes down what it saw (package status).
package controllers
