//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatbench/budgets"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFloorServesUntilItsInputEnds(t *testing.T) {
	in, endIn := io.Pipe()
	out, outWrite := io.Pipe()
	ended := make(chan error)
	go func() { ended <- run(context.Background(), []string{"floor"}, in, outWrite, io.Discard) }()
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp4", strings.TrimSpace(addr))
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	_ = endIn.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestBadCommandLines(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "no command"},
		{[]string{"storms"}, `no command "storms"`},
		{[]string{"floor", "--listen", "192.0.2.1:80"}, "loopback"},
		{[]string{"floor", "--listen", "somewhere"}, "loopback"},
		{[]string{"run"}, "--url is missing"},
		{[]string{"run", "--url", "wss://127.0.0.1/chat"}, "--url: wss://127.0.0.1/chat: wss is not supported"},
		{[]string{"run", "--url", "ws://8.8.8.8:80/chat"}, "--public"},
		{[]string{"run", "--url", "ws://[::1]:80/chat"}, "IPv4"},
		{[]string{"run", "--url", "ws://127.0.0.1:1/chat", "--clients", "0"}, "--clients must be from 1 to 18000"},
		{[]string{"run", "--url", "ws://127.0.0.1:1/chat", "--rate", "NaN"}, "--rate must be from 0.1"},
		{[]string{"run", "--url", "ws://127.0.0.1:1/chat", "--text", "3"}, "--text must be from 23"},
		{[]string{"run", "--url", "ws://127.0.0.1:1/chat", "--pid", "me"}, `"me" is no process id`},
		{[]string{"run", "--url", "ws://127.0.0.1:1/chat", "surplus"}, `unexpected argument "surplus"`},
		{[]string{"storm", "--url", "ws://127.0.0.1:1/chat", "--to", "nowhere"}, "--to"},
		{[]string{"storm", "--url", "ws://127.0.0.1:1/chat", "--timeout", "0s"}, "--timeout must be from 1"},
		{[]string{"budgets", "surplus"}, `unexpected argument "surplus"`},
		{[]string{"budgets", "--scenario", "2x2"}, `no scenario "2x2"`},
		{[]string{"budgets", "--arrivals", "sometimes"}, "sometimes"},
	} {
		err := run(t.Context(), test.args, strings.NewReader(""), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v", test.args, err)
		}
	}
}

func TestHelp(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), []string{"help"}, nil, &out, io.Discard); err != nil || !strings.Contains(out.String(), "budgets") {
		t.Errorf("%v: %s", err, out.String())
	}
	var log strings.Builder
	err := run(t.Context(), []string{"budgets", "--help"}, nil, io.Discard, &log)
	if !errors.Is(err, flag.ErrHelp) || !strings.Contains(log.String(), "-scenario") {
		t.Errorf("%v: %s", err, log.String())
	}
}

func TestDefaults(t *testing.T) {
	cfg, file, err := parseBudgets([]string{"--quick", "--repeat", "2", "--scenario", "idle,1000x20", "--json", "x.json"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Duration != budgets.QuickDuration || cfg.Repeat != 2 || len(cfg.Scenarios) != 2 || file != "x.json" || cfg.Self == "" {
		t.Errorf("%+v, %s", cfg, file)
	}
	cfg, _, err = parseBudgets([]string{"--duration", "3s"}, io.Discard)
	if err != nil || cfg.Duration != 3*time.Second || cfg.Repeat != budgets.DefaultRepeat || cfg.Server != "bin/chatserver" {
		t.Errorf("%+v, %v", cfg, err)
	}
}
