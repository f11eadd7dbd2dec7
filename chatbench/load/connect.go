//go:build linux

package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/parley-chat/parley/chatbench/epoll"
	"github.com/parley-chat/parley/chatbench/verify"
	"github.com/parley-chat/parley/chatbench/wsframe"
)

const protocolHeader = "Sec-WebSocket-Protocol: parley.v1"

// perSource is how many connections come from one source address: there are about
// 28,000 ports for each.
const perSource = 10_000

// Connect opens connections and waits until each is welcomed or has failed.
func (g *Generator) Connect(ctx context.Context, spec ConnectSpec) (ConnectResult, error) {
	if spec.Count <= 0 || spec.PerSecond <= 0 || spec.Timeout <= 0 {
		return ConnectResult{}, fmt.Errorf("connect: count, pace and timeout must be positive: %+v", spec)
	}
	t := &connectTask{spec: spec, result: ConnectResult{Time: NewHistogram()}}
	err := g.do(ctx, t)
	if err != nil {
		return ConnectResult{}, fmt.Errorf("connect: %w", err)
	}
	return t.result, nil
}

// connectTask opens connections at their times.
type connectTask struct {
	spec   ConnectSpec
	start  int64
	opened int
	open   []*conn // until their outcome is known; swept when the time is over
	result ConnectResult
}

func (t *connectTask) due(i int) int64 {
	return t.start + int64(float64(i)/t.spec.PerSecond*float64(time.Second))
}

func (t *connectTask) step(g *Generator, now int64) (next int64, done bool, err error) {
	if t.start == 0 {
		t.start = now
	}
	for t.opened < t.spec.Count && now >= t.due(t.opened) {
		c, err := g.dial(t.due(t.opened))
		if err != nil {
			return 0, true, err
		}
		c.connect = t
		t.opened++
		t.open = append(t.open, c)
	}
	if t.result.Joined+t.result.Failed == t.spec.Count {
		return 0, true, nil
	}
	if deadline := t.due(t.spec.Count) + int64(t.spec.Timeout); now > deadline {
		for _, c := range t.open {
			if c.connect != nil {
				g.lose(c, errors.New("timed out"))
			}
		}
		return 0, true, nil
	}
	next = now + int64(lookAgain)
	if t.opened < t.spec.Count {
		next = min(next, t.due(t.opened))
	}
	return next, false, nil
}

func (t *connectTask) failed(err error) {
	t.result.Failed++
	if t.result.Error == "" {
		t.result.Error = err.Error()
	}
}

// dial starts to open a connection.
func (g *Generator) dial(due int64) (*conn, error) { return g.dialTo(g.cfg.Addr, due) }

func (g *Generator) dialTo(to netip.AddrPort, due int64) (*conn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	if err := g.start(fd, to); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	for len(g.conns) <= fd {
		g.conns = append(g.conns, nil)
	}
	c := &conn{fd: fd, number: g.opened, place: -1, due: due, to: to}
	g.conns[fd] = c
	g.opened++
	return c, nil
}

// start makes a socket connect.
func (g *Generator) start(fd int, to netip.AddrPort) error {
	for _, option := range [][2]int{{unix.IPPROTO_TCP, unix.TCP_NODELAY}, {unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT}} {
		if err := unix.SetsockoptInt(fd, option[0], option[1], 1); err != nil {
			return fmt.Errorf("setsockopt: %w", err)
		}
	}
	if to.Addr().IsLoopback() {
		source := [4]byte{127, 0, byte(g.cfg.Worker), byte(2 + g.opened/perSource%200)}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: source}); err != nil {
			return fmt.Errorf("bind: %w", err)
		}
	}
	target := &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}
	if err := unix.Connect(fd, target); err != nil && err != unix.EINPROGRESS {
		return fmt.Errorf("connect to %s: %w", to, err)
	}
	return g.poll.Add(fd, epoll.Write)
}

// dialled sends the handshake.
func (g *Generator) dialled(c *conn) error {
	errno, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return fmt.Errorf("getsockopt: %w", err)
	}
	if errno != 0 {
		return unix.Errno(errno)
	}
	c.stage = upgrading
	if err := g.poll.Change(c.fd, epoll.Read); err != nil {
		return err
	}
	host := c.to.String()
	path, protocol := "/chat", protocolHeader+"\r\n"
	if g.cfg.Plain {
		path, protocol = path+"?username="+userName(g.cfg.Worker, c.number), ""
	}
	return g.writeBytes(c, []byte("GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nOrigin: http://"+host+
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+g.key+"\r\n"+protocol+"\r\n"))
}

// upgraded checks the server's handshake, once all of it is there, and sends hello.
func (g *Generator) upgraded(c *conn, data []byte) (used int, err error) {
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil
	}
	head := data[:end+2]
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
		return 0, handshakeError(head)
	}
	headers := []string{"Sec-WebSocket-Accept: " + g.accept, protocolHeader}
	if g.cfg.Plain {
		headers = headers[:1]
	}
	for _, header := range headers {
		if !bytes.Contains(head, []byte("\r\n"+header+"\r\n")) {
			return 0, fmt.Errorf("handshake without %q", header)
		}
	}
	if g.cfg.Plain {
		g.enter(c, 0, g.clock.now())
		return end + 4, nil
	}
	c.stage = greeting
	known := int64(0)
	if c.back != nil {
		c.back.task.result.Open.Record(time.Duration(g.clock.now() - c.back.cut))
		known = c.back.receiver.Last()
	}
	return end + 4, g.write(c, wsframe.Text, appendHello(nil, userName(g.cfg.Worker, c.number), known))
}

func (g *Generator) welcomed(c *conn, payload []byte, now int64) error {
	if c.stage != greeting {
		return errors.New("welcomed twice")
	}
	rev, err := readWelcome(payload)
	if err != nil {
		return fmt.Errorf("welcome: %w", err)
	}
	if g.ledger == nil {
		g.ledger = verify.NewLedger(rev)
	}
	if c.back != nil {
		g.welcomedBack(c, rev, now)
		return nil
	}
	g.enter(c, rev, now)
	return nil
}

// enter takes in a connection that gets what comes after rev.
func (g *Generator) enter(c *conn, rev, now int64) {
	c.stage = inside
	c.receiver = verify.NewReceiver(rev)
	c.place = len(g.joined)
	g.joined = append(g.joined, c)
	c.connect.result.Joined++
	c.connect.result.Time.Record(time.Duration(now - c.due))
	c.connect = nil
}
