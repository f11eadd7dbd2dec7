// Package epoll is the little of epoll(7) that the floor and the load generator
// need: waiting with nanosecond timeouts on an OS thread of one's own, and reading
// and writing by plain system calls, so that they cost what they cost in C. It
// works on Linux only.
package epoll
