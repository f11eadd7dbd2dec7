//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/e2e/process"
)

// How large the installation is.
const (
	replicas = 3
	members  = 3
)

// healLimit is how long a part may take to come back before a fault is given up.
const healLimit = 3 * time.Minute

// stage is an installation that is there to be broken, and the people on it. Faults are
// injected and healed on one goroutine, which everything here is for.
type stage struct {
	t        testing.TB
	random   *rand.Rand
	mongo    *mongodtest.ReplicaSet // nil with the embedded store
	store    string
	replicas []*replica
	crowd    *crowd
	lines    lines
	noise    *noise // on the bus
	injected int
	group    *process.Group // with little memory, once there is one
	small    *int           // the member whose data is on a file system of its own, if one's is
}

// replica is a place for a chat server, which keeps its address on the bus.
type replica struct {
	stage   *stage
	number  int
	bus     string // where others find its bus, HOST:PORT
	program string
	flags   []string

	mu      sync.Mutex
	process int             // the system's number of the one that starts or runs, or 0
	server  *process.Server // nil while none serves
}

// raise starts an installation that ends with the test.
func raise(t testing.TB, name string, run program, flags ...string) *stage {
	t.Helper()
	s := &stage{t: t, random: chance(name), noise: newNoise(chance(name + " on the bus"))}
	if _, err := mongodtest.Find(); err != nil {
		t.Fatal(err) // without one Start would skip the test
	}
	s.mongo = mongodtest.Start(t, members, mongodtest.Behind(s.beforeMember))
	s.store = strings.Replace(s.mongo.URI(), "/?", "/faults?", 1)
	for n := range replicas {
		program, err := run.build()
		if err != nil {
			t.Fatal(err)
		}
		s.replicas = append(s.replicas, &replica{stage: s, number: n, bus: shared.addresses.Free(t), program: program, flags: flags})
	}
	for _, r := range s.replicas {
		if err := s.beforeBus(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.start(t.Context(), s.replicas...); err != nil {
		t.Fatal(err)
	}
	return s
}

// raiseEmbedded starts one server with the embedded store, which ends with the test.
func raiseEmbedded(t testing.TB, name string) *stage {
	t.Helper()
	s := &stage{t: t, random: chance(name), store: "sqlite:" + filepath.Join(t.TempDir(), "chat.db")}
	s.replicas = []*replica{{stage: s, program: shared.program}}
	if err := s.start(t.Context(), s.replicas...); err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *replica) String() string { return fmt.Sprintf("server %d", r.number) }

// running gives the server that serves there, or nil.
func (r *replica) running() *process.Server {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.server
}

func (r *replica) set(pid int, s *process.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process, r.server = pid, s
}

// pid is the process there, or 0.
func (r *replica) pid() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.process
}

// kill ends the server as a crash does.
func (r *replica) kill() {
	if s := r.running(); s != nil {
		s.Kill()
		r.set(0, nil)
	}
}

// start starts servers in their places, all at once, and waits until they serve.
func (s *stage) start(ctx context.Context, places ...*replica) error {
	starting, _ := errgroup.WithContext(ctx)
	for _, r := range places {
		starting.Go(func() error { return s.startOne(r) })
	}
	return starting.Wait()
}

func (s *stage) startOne(r *replica) error {
	flags := []string{"--rate", "0", "--accept-rate", "1000", "--drain", "2s"}
	if len(s.replicas) > 1 {
		flags = append(flags, s.busOf(r)...)
	}
	server, err := process.Begin(s.t, r.program, s.store, append(flags, r.flags...)...)
	if err != nil {
		return err
	}
	server.ErrorsExpected = true // much is broken here; what people are told is judged
	r.set(server.Pid(), nil)     // so that cables know whose its connections are
	if err := server.AwaitServing(); err != nil {
		return err
	}
	r.set(server.Pid(), server)
	return nil
}

// busOf are the flags by which a replica finds the others.
func (s *stage) busOf(r *replica) []string {
	var others []string
	for _, o := range s.replicas {
		if o != r {
			others = append(others, o.bus)
		}
	}
	return []string{"--bus", "embedded", "--bus-name", "faults", "--bus-listen", r.behind(), "--bus-routes", strings.Join(others, ",")}
}

// any is one of the replicas, by chance.
func (s *stage) any() *replica { return s.replicas[s.random.IntN(len(s.replicas))] }

// servers gives all servers, which have to serve.
func (s *stage) servers() (all []*process.Server, err error) {
	for _, r := range s.replicas {
		server := r.running()
		if server == nil || !server.Running() {
			return nil, fmt.Errorf("%s does not run", r)
		}
		all = append(all, server)
	}
	return all, nil
}

// works tells what does not yet: every replica serves, is ready and sees all others.
func (s *stage) works() error {
	servers, err := s.servers()
	if err != nil {
		return err
	}
	for i, server := range servers {
		if err := ready(server); err != nil {
			return fmt.Errorf("%s: %w", s.replicas[i], err)
		}
		if len(servers) == 1 {
			return nil
		}
		m, err := server.Metrics()
		if err != nil {
			return fmt.Errorf("%s: %w", s.replicas[i], err)
		}
		if m["chatapp_bus_routes"] != replicas-1 || m["chatapp_replicas"] != replicas {
			return fmt.Errorf("%s has %v routes and knows of %v replicas", s.replicas[i], m["chatapp_bus_routes"], m["chatapp_replicas"])
		}
	}
	return nil
}

func ready(server *process.Server) error {
	response, err := web.Get("http://" + server.Admin + "/readyz")
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(text)))
	}
	return err
}

// awaitWhole waits until everything works and everybody is acknowledged what they ask for
// since a moment, and tells how long that took.
func (s *stage) awaitWhole(since time.Time, limit time.Duration) (time.Duration, error) {
	for {
		err := errors.Join(s.crowd.served(since), s.works())
		took := time.Since(since)
		if err == nil {
			return took, nil
		}
		if took > limit {
			return took, fmt.Errorf("not whole %v after it was healed: %w", took.Round(time.Millisecond), err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
