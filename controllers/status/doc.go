// Package status says how a ChatRoom is: a pure function from what was observed to its
// status. One file per condition.
//
// A reason is for programs and stays the same; a message is for people, says what is the
// matter and, where they can do something, what.
package status
