//go:build linux

package budgets

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatbench/floor"
	"github.com/parley-chat/parley/chatbench/load"
)

// The test binary is also every program that a run starts: the floor, the load
// generator, and a stand-in for the chat server, which is the floor once more. So
// the server costs what the floor costs.
func TestMain(m *testing.M) {
	var err error
	switch command := os.Args[min(1, len(os.Args)-1)]; command {
	case "floor":
		err = standIn("127.0.0.1:0", "")
	case "load":
		err = load.Serve(context.Background(), os.Stdin, os.Stdout)
	case "--listen":
		flags := flag.NewFlagSet("chatserver", flag.ExitOnError)
		listen, admin := flags.String("listen", "", ""), flags.String("admin-listen", "", "")
		for _, name := range []string{"store", "rate", "log-level"} {
			flags.String(name, "", "")
		}
		_ = flags.Parse(os.Args[1:]) // exits on errors
		err = standIn(*listen, *admin)
	default:
		goleak.VerifyTestMain(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func standIn(listen, admin string) error {
	server, err := floor.Listen(netip.MustParseAddrPort(listen))
	if err != nil {
		return err
	}
	fmt.Println(server.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	if admin != "" {
		go func() {
			ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
			panic(http.ListenAndServe(admin, ok))
		}()
	}
	return server.Serve(ctx)
}
