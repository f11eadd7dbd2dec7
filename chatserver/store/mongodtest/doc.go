// Package mongodtest runs real MongoDB replica sets for tests and benchmarks: on
// free ports of the loopback interface, with a small cache, each in a folder of
// its own. Members can be stopped, killed, paused and started again.
//
// The mongod is, in this order, the one that PARLEY_MONGOD names, one on PATH, or
// build/tools/mongod in the module's root, where hack/mongod.sh puts it. Without
// one tests are skipped and say so; with PARLEY_REQUIRE_MONGOD=1 they fail.
package mongodtest
