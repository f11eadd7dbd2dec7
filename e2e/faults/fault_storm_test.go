//go:build faults && linux

package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/parley-chat/parley/chatbench/storm"
	"github.com/parley-chat/parley/e2e/process"
)

// How many come back at once: as many as one server takes beside the crowd, or fewer where
// a process may open fewer files. So many are left for what else is open.
const (
	stormClients = 14_750
	otherFiles   = 2_000
	stormLimit   = 4 * time.Minute
	stormRate    = "5" // messages a second, of which everybody gets each
	stormPause   = time.Second
	// Go frees no descriptor of a goroutine, and no table of a map shrinks: so many bytes
	// stay for each of the most connections that there were, and serve the next ones.
	keptByConnection = 1 << 10
)

var reconnects = fault{
	name:    "everybody reconnects at once",
	promise: "all are back, each with everything once and in turn; the crowd on the same servers misses nothing",
	how:     "chatbench storm: 14,750 clients of one server, or as many as the limit of files allows, are cut at once and come back to all three while messages go to all of them",
	lasts:   0, whole: 15 * time.Second,
	alone: true, keeps: stormClients * 5 / 3 * keptByConnection, // all on one server at first, a third on each of the others then
	inject: func(ctx context.Context, s *stage) (healer, error) {
		clients, err := stormSize()
		if err != nil {
			return nil, err
		}
		s.crowd.leaveGeneral(true)
		s.crowd.pause.Store(int64(stormPause))
		err = s.storm(ctx, clients)
		return func(context.Context) error {
			s.crowd.pause.Store(int64(*pause))
			s.crowd.leaveGeneral(false)
			return err
		}, nil
	},
}

// stormSize is how many clients the limit of open files allows.
func stormSize() (int, error) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 0, err
	}
	return min(stormClients, int(files.Max)-otherFiles), nil
}

// storm has chatbench cut and bring back its clients, and judge what they got.
func (s *stage) storm(ctx context.Context, clients int) error {
	program, err := process.BuildCommand(s.t.TempDir(), "chatbench")
	if err != nil {
		return err
	}
	servers, err := s.servers()
	if err != nil {
		return err
	}
	var addresses []string
	for _, server := range servers {
		addresses = append(addresses, "ws://"+server.Chat+"/chat")
	}
	told := filepath.Join(s.t.TempDir(), "storm.json")
	bench, err := process.Run(s.t, program, nil, "storm", "--url", addresses[0], "--to", strings.Join(addresses, ","),
		"--clients", fmt.Sprint(clients), "--rate", stormRate, "--ramp", "800", "--timeout", "3m", "--json", told)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, bench.Kill)
	defer stop()
	code, err := bench.ExitCode(stormLimit)
	if err == nil && code != 0 {
		err = fmt.Errorf("chatbench storm ended with %d: %s", code, bench.Output())
	}
	return errors.Join(err, s.judgeStorm(told, clients))
}

// judgeStorm wants that many were cut and all are back with everything.
func (s *stage) judgeStorm(told string, clients int) error {
	text, err := os.ReadFile(told)
	if err != nil {
		return err
	}
	var result storm.Result
	if err := json.Unmarshal(text, &result); err != nil {
		return err
	}
	for _, r := range result.Rounds {
		s.t.Logf("%d clients cut, %d back within %v, refused %d times; %d messages posted, %d acknowledged; %d lost, %d doubled, %d reordered",
			r.Reconnect.Cut, r.Reconnect.Back, r.Reconnect.Took.Round(time.Millisecond), r.Reconnect.Refused, r.Posted.Sent, r.Posted.Acked, r.Check.Lost, r.Check.Doubled, r.Check.Reordered)
		if r.Reconnect.Cut != clients || !r.Clean() {
			return fmt.Errorf("%d of %d clients were cut, and not all is well: %s %s", r.Reconnect.Cut, clients, r.Reconnect.Error, r.Check.Error)
		}
	}
	if len(result.Rounds) == 0 {
		return errors.New("chatbench has cut nobody")
	}
	return nil
}
