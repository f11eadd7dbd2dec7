// Package process runs chat servers for tests from outside: as processes of their own on
// ports of the loopback interface, alone or as an installation of several, which end with
// the test and with the tests when these are killed. A data race, a panic or an
// unexpected error in a server's log fails the test that ran it. A Cable between two of
// them, or between one and its database, can be cut.
package process
