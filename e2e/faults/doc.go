// Package faults breaks an installation of Parley while people chat on it, and decides
// from what they were told whether all of it can be true of one log per channel. It is
// the whole of an installation: three chat servers with their embedded bus over a MongoDB
// replica set of three, all as processes, and people on 200 connections in 20 channels who
// post, edit, delete, make channels, read history, lose their connections and resume on
// any replica, and repeat with its nonce what they do not know the outcome of.
//
// A file fault_NAME_test.go holds one fault and says what is promised while it lasts and
// after it. A fault is a value of type fault, listed in list_test.go:
//
//   - inject breaks something, once, and returns how to heal it; what it starts to do in
//     the background ends with its context, which is before it is healed
//   - whole is within what time of being healed everything works again, by itself, and
//     outage for how long no channel may be without an acknowledgement meanwhile
//   - touches names the parts that it breaks, so that a combination of faults breaks no
//     part twice
//
// The stage (stage_test.go) is what inject works on: its replicas, members, cables, and
// the crowd. A fault is injected and healed again and again for its time, alone, on a
// stage of its own; the combination does so with several at once.
//
// What is between the parts are cables, TCP proxies in this process. Network namespaces
// would do for cutting, but need rights that a machine may not give; and tc netem loses
// packets, which TCP sends again, so that the bus would lose nothing. The proxy in front of
// a bus knows its messages and takes some away.
//
// It runs on Linux with the build tag faults, by make faults and make faults-quick, and
// everything by chance comes from a seed, which is printed.
package faults
