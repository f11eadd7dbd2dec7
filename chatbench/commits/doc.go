// Package commits measures how many messages a second the channel engine makes
// durable in one channel of a MongoDB replica set with three members, beside a bare
// loop of InsertMany that writes the same documents with the same indexes in batches
// as large as the engine's; and how many several replicas that post to one channel
// make durable, beside one. Everything runs on this machine, in this process but for
// the members, which are started for it and ended with it.
package commits
