//go:build linux

package budgets

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/proc"
)

// lane is one server that is measured, with the generator that puts load on it,
// each a process of its own.
type lane struct {
	name   string // "floor" or "server"
	addr   netip.AddrPort
	admin  string // HOST:PORT of the server's admin side; empty for the floor
	target *proc.Process
	worker *proc.Process
	load   *load.Remote
	self   string
	dir    string // removed in the end
}

const (
	readyWithin = 20 * time.Second
	lookAgain   = 20 * time.Millisecond
)

func (b *bench) openFloor(ctx context.Context) (*lane, error) {
	l := &lane{name: "floor", self: b.cfg.Self}
	err := func() (err error) {
		// Preemption is of no use to one loop on one thread, and its signals would cost
		// the floor what they do not cost a program in C.
		if l.target, err = proc.Start([]string{"GODEBUG=asyncpreemptoff=1"}, b.cfg.Self, "floor"); err != nil {
			return err
		}
		line, err := bufio.NewReader(l.target.Out).ReadString('\n')
		if err != nil {
			return fmt.Errorf("the floor did not say where it listens: %w", err)
		}
		if l.addr, err = netip.ParseAddrPort(strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("the floor's address: %w", err)
		}
		return l.openLoad(ctx)
	}()
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (b *bench) openServer(ctx context.Context) (*lane, error) {
	l := &lane{name: "server", self: b.cfg.Self}
	err := func() (err error) {
		if l.dir, err = os.MkdirTemp(b.cfg.TmpDir, "chatbench-"); err != nil {
			return fmt.Errorf("folder for the server's store: %w", err)
		}
		ports, err := freePorts()
		if err != nil {
			return err
		}
		l.addr, l.admin = ports[0], ports[1].String()
		store := b.cfg.Store
		if store == "" {
			store = "sqlite:" + filepath.Join(l.dir, "chat.db")
		}
		l.target, err = proc.Start(nil, b.cfg.Server, "--listen", l.addr.String(), "--admin-listen", l.admin,
			"--store", store, "--rate", "0", "--log-level", "warn")
		if err != nil {
			return err
		}
		go func() { _, _ = io.Copy(io.Discard, l.target.Out) }() // ends with the process
		if err := l.awaitReady(ctx); err != nil {
			return err
		}
		return l.openLoad(ctx)
	}()
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lane) openLoad(ctx context.Context) (err error) {
	l.worker, l.load, err = startLoad(ctx, l.self, l.addr, 0)
	return err
}

func startLoad(ctx context.Context, self string, addr netip.AddrPort, worker int) (*proc.Process, *load.Remote, error) {
	p, err := proc.Start(nil, self, "load")
	if err != nil {
		return nil, nil, err
	}
	remote, err := load.NewRemote(ctx, p.In, p.Out, load.Config{Addr: addr, Worker: worker})
	if err != nil {
		p.Stop()
		return nil, nil, err
	}
	return p, remote, nil
}

// awaitReady polls the server's /readyz.
func (l *lane) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		answer, err := l.ask(ctx, "/readyz")
		if err == nil {
			return nil
		}
		select {
		case <-l.target.Ended():
			return l.target.Failure()
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready after %v: %w %s", readyWithin, err, answer)
		case <-time.After(lookAgain):
		}
	}
}

// ask makes a GET request to the server's admin side.
func (l *lane) ask(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.admin+path, nil)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", path, err)
	}
	transport := &http.Transport{DisableKeepAlives: true} // an idle connection would be measured too
	res, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", path, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK {
		return string(body), fmt.Errorf("ask %s: %s", path, res.Status)
	}
	return string(body), nil
}

// connect opens connections, all of which must be let in.
func (l *lane) connect(ctx context.Context, count int, perSecond float64) (load.ConnectResult, error) {
	result, err := l.load.Connect(ctx, load.ConnectSpec{Count: count, PerSecond: perSecond, Timeout: 20 * time.Second})
	if err != nil {
		return result, l.explain(err)
	}
	if result.Failed > 0 {
		return result, l.explain(fmt.Errorf("%s: %d of %d connections failed: %s", l.name, result.Failed, count, result.Error))
	}
	return result, nil
}

// explain adds the reason if one of the processes has died.
func (l *lane) explain(err error) error {
	for _, p := range []*proc.Process{l.target, l.worker} {
		if failure := p.Failure(); failure != nil {
			return fmt.Errorf("%w; %w", err, failure)
		}
	}
	return err
}

// close ends both processes and removes the server's store. The generator goes
// first, so that the server has nobody left to say goodbye to.
func (l *lane) close() {
	for _, p := range []*proc.Process{l.worker, l.target} {
		if p != nil {
			p.Stop()
		}
	}
	if l.dir != "" {
		_ = os.RemoveAll(l.dir) // what is left in a temporary folder is harmless
	}
}

// freePorts finds two ports of 127.0.0.1 that nobody listens on at the moment.
func freePorts() (ports [2]netip.AddrPort, err error) {
	for i := range ports {
		listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return ports, fmt.Errorf("find a free port: %w", err)
		}
		ports[i] = listener.Addr().(*net.TCPAddr).AddrPort()
		ports[i] = netip.AddrPortFrom(ports[i].Addr().Unmap(), ports[i].Port())
		if err := listener.Close(); err != nil {
			return ports, fmt.Errorf("find a free port: %w", err)
		}
	}
	return ports, nil
}
