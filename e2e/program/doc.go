// Package program holds the tests of the chat server as a whole: the built
// program, started as a process of its own on ports of the loopback interface and
// spoken to from outside, as docs/protocol.md says. The same tests run over every
// store. Nothing here looks inside the server, so what passes is what people get.
//
// With -race the program is built with the race detector too; a race, a panic or an
// unexpected error in its log fails the test that ran it. Without a mongod the tests
// over MongoDB are skipped and say so; with PARLEY_REQUIRE_MONGOD=1 they fail.
package program
