// Package floor is the cheapest server that the chat's load can be put on: one
// thread with epoll, which answers the WebSocket handshake and hello, gives each
// message the next rev, acknowledges it, and then does one write(2) per connection
// with the same bytes that the chat server would send. Nothing is stored, queued
// or checked, and a receiver that does not keep up is cut off. What a delivery
// costs it is what a write to a socket costs on the machine. It speaks just enough
// of parley.v1 for chatbench's own load generator, and works on Linux only.
package floor
