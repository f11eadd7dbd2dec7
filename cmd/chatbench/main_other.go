//go:build !linux

// Command chatbench measures the chat server. It works on Linux only.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "chatbench: works on Linux only, for it measures by epoll and /proc")
	os.Exit(2)
}
