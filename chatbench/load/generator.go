//go:build linux

package load

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/parley-chat/parley/chatbench/epoll"
	"github.com/parley-chat/parley/chatbench/verify"
	"github.com/parley-chat/parley/chatbench/wsframe"
)

const (
	readBuffer = 64 << 10
	eventBatch = 256
	lookAgain  = 5 * time.Millisecond // how often a task that waits looks
)

// ErrClosed says that the generator has been closed.
var ErrClosed = errors.New("load generator closed")

// Config says what to put load on.
type Config struct {
	Addr      netip.AddrPort `json:"addr"`       // the chat server; loopback and IPv4 only
	Worker    int            `json:"worker"`     // 0 to 255, different for generators on one server
	TextBytes int            `json:"text_bytes"` // of each message's text; 0 for DefaultTextBytes
	Plain     bool           `json:"plain"`      // plain mode instead of parley.v1
}

// Generator holds connections and puts load on them. Its methods are safe for
// concurrent use, and do one thing at a time.
type Generator struct {
	cfg         Config
	clock       clock
	poll        *epoll.Poller
	mask        [4]byte // masks need to differ between frames only to protect proxies
	key         string
	accept      string // what the server must make of key
	noncePrefix string

	doing   sync.Mutex // held while a task is done
	tasks   chan *job
	closing chan struct{}
	closed  chan struct{}
	waking  sync.Mutex // held to wake or close poll
	ended   bool       // poll is closed; guarded by waking

	progress progress

	// What follows belongs to the loop's thread.
	conns  []*conn // by file descriptor
	joined []*conn // those that get events, in no order
	opened int     // connections ever opened
	lost   []int   // to be closed once no event of theirs can be waiting
	buf    []byte
	frame  []byte
	ledger *verify.Ledger
	due    []time.Duration // by message number, from 1: when it was due
	acked  []bool          // by message number
	// senders are connections' numbers, by message number; in plain mode alone.
	senders []int
	result  Result // of the run under way
	job     *job
	next    int64 // when the job wants to be called
}

// task is what the loop does besides answering. step does what is due at now, in
// nanoseconds of the clock, and says when it wants to be called next at the latest.
type task interface {
	step(g *Generator, now int64) (next int64, done bool, err error)
}

type job struct {
	task
	err  error
	done chan struct{}
}

// New starts a generator, which holds no connection yet. Close ends it.
func New(cfg Config) (*Generator, error) {
	if !cfg.Addr.Addr().Is4() || !cfg.Addr.Addr().IsLoopback() {
		return nil, fmt.Errorf("load goes to IPv4 loopback only, not to %s", cfg.Addr)
	}
	if cfg.Worker < 0 || cfg.Worker > 255 {
		return nil, fmt.Errorf("worker %d: 0 to 255", cfg.Worker)
	}
	if cfg.TextBytes == 0 {
		cfg.TextBytes = DefaultTextBytes
	}
	if cfg.TextBytes < MinTextBytes {
		return nil, fmt.Errorf("text of %d bytes: at least %d", cfg.TextBytes, MinTextBytes)
	}
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	poll, err := epoll.New(eventBatch)
	if err != nil {
		return nil, err
	}
	g := &Generator{
		cfg: cfg, clock: clock, poll: poll,
		tasks: make(chan *job, 1), closing: make(chan struct{}), closed: make(chan struct{}),
		buf: make([]byte, readBuffer), due: make([]time.Duration, 1), acked: make([]bool, 1), senders: make([]int, 1),
	}
	g.drawSecrets()
	g.startResult()
	go g.loop()
	return g, nil
}

func (g *Generator) drawSecrets() {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	copy(g.mask[:], random[:])
	g.key = base64.StdEncoding.EncodeToString(random[:])
	g.accept = wsframe.Accept(g.key)
	_, _ = rand.Read(random[:])
	g.noncePrefix = base64.RawURLEncoding.EncodeToString(random[:9])
}

func (g *Generator) startResult() {
	g.result = Result{Lag: NewHistogram(), Commit: NewHistogram(), Delivery: NewHistogram(), Away: NewHistogram()}
}

// Tail is the greatest rev that any connection has seen; call it when nothing is done.
func (g *Generator) Tail(ctx context.Context) (int64, error) {
	t := &tailTask{}
	err := g.do(ctx, t)
	return t.tail, err
}

type tailTask struct{ tail int64 }

func (t *tailTask) step(g *Generator, _ int64) (next int64, done bool, err error) {
	if g.ledger != nil {
		t.tail = g.ledger.Tail()
	}
	return 0, true, nil
}

// Close closes all connections and waits until that is done. It may be called
// again, and while something is done, which it ends.
func (g *Generator) Close() error {
	g.waking.Lock()
	defer g.waking.Unlock()
	if g.ended {
		return nil
	}
	g.ended = true
	close(g.closing)
	errWake := g.poll.Wake()
	<-g.closed
	return errors.Join(errWake, g.poll.Close())
}

func (g *Generator) wake() error {
	g.waking.Lock()
	defer g.waking.Unlock()
	if g.ended {
		return ErrClosed
	}
	return g.poll.Wake()
}

// do has a task done. When ctx ends first, the task goes on nevertheless.
func (g *Generator) do(ctx context.Context, t task) error {
	g.doing.Lock()
	defer g.doing.Unlock()
	j := &job{task: t, done: make(chan struct{})}
	select {
	case <-g.closing:
		return ErrClosed
	case g.tasks <- j: // has room: only one is under way
	}
	if err := g.wake(); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.err
	case <-g.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *Generator) loop() {
	defer close(g.closed)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer func() {
		for _, fd := range g.lost {
			_ = unix.Close(fd)
		}
		for _, c := range g.conns {
			if c != nil {
				_ = unix.Close(c.fd)
			}
		}
	}()
	for {
		select {
		case <-g.closing:
			return
		case j := <-g.tasks:
			g.job, g.next = j, 0
		default:
		}
		g.work(g.clock.now())
		events, err := g.poll.Wait(g.patience())
		if err != nil {
			g.finish(err)
			return
		}
		for _, event := range events {
			if c := g.conns[event.Fd]; c != nil {
				g.happened(c, event.Events)
			}
		}
		for _, fd := range g.lost {
			_ = unix.Close(fd)
		}
		g.lost = g.lost[:0]
		g.progress.set(len(g.joined), &g.result)
	}
}

// patience is how long the loop may wait for events.
func (g *Generator) patience() time.Duration {
	if g.job == nil {
		return -1
	}
	return time.Duration(max(g.next-g.clock.now(), 0))
}

// work calls the task if it is due. It is called after every read too, because
// reading from thousands of connections takes longer than sending may wait.
func (g *Generator) work(now int64) {
	if g.job == nil || now < g.next {
		return
	}
	next, done, err := g.job.step(g, now)
	g.next = next
	if done || err != nil {
		g.finish(err)
	}
}

func (g *Generator) finish(err error) {
	if g.job != nil {
		g.job.err = err
		close(g.job.done)
		g.job = nil
	}
}
