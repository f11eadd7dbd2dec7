// Package load puts load on a chat server over loopback and checks what comes
// back: one OS thread with raw epoll holds up to 15,000 parley.v1 connections, so
// that it costs little beside what it measures.
//
// The load is open: when messages are due is decided beforehand (Spread), and a
// message carries the time at which it was due, not the one at which it got out.
// How far the generator fell behind is recorded, for the caller to judge. Every
// receiver checks every event (package verify).
//
// A Generator works in this process; Serve and Remote put one into a process of
// its own. Linux only.
package load
