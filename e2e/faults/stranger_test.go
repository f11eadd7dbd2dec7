//go:build faults && linux

package faults_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chatbench/wsframe"
)

// strangers are clients that are broken or mean no good, among the crowd. They are on any
// server that runs, and come again when they are let go of, until their time is over.
type strangers struct {
	ctx     context.Context
	servers []*replica
	next    atomic.Int64
	let     atomic.Int64 // how many were let go of, or refused
	last    atomic.Pointer[error]
	working sync.WaitGroup
}

// invite has so many strangers behave in some way, again and again. Their time is over when
// ctx is; the healer waits until all have gone, and wants that some were let go of.
func (s *stage) invite(ctx context.Context, n int, behave func(context.Context, *stranger) error) (healer, error) {
	return s.inviteTo(ctx, s.replicas, n, behave)
}

// inviteTo is invite to some of the servers.
func (s *stage) inviteTo(ctx context.Context, servers []*replica, n int, behave func(context.Context, *stranger) error) (healer, error) {
	all := &strangers{ctx: ctx, servers: servers}
	for range n {
		all.working.Go(func() {
			for ctx.Err() == nil {
				if err := all.visit(behave); err != nil {
					all.last.Store(&err)
				}
			}
		})
	}
	return func(context.Context) error {
		all.working.Wait()
		if all.let.Load() > 0 {
			return nil
		}
		err := errors.New("no stranger was let go of")
		if last := all.last.Load(); last != nil {
			err = fmt.Errorf("%w: %w", err, *last)
		}
		return err
	}, nil
}

// anyOf wants some server to have counted something.
func (s *stage) anyOf(metric string) error {
	for _, r := range s.replicas {
		if server := r.running(); server != nil {
			if m, err := server.Metrics(); err == nil && m[metric] > 0 { // who cannot be asked has counted nothing
				return nil
			}
		}
	}
	return fmt.Errorf("no server has counted %s", metric)
}

// stranger is one connection of a stranger.
type stranger struct {
	*net.TCPConn
	number int64
}

// visit is one connection from its beginning to its end.
func (a *strangers) visit(behave func(context.Context, *stranger) error) error {
	number := a.next.Add(1)
	server := a.servers[number%int64(len(a.servers))].running()
	if server == nil {
		pauseFor(a.ctx, 100*time.Millisecond)
		return nil
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(a.ctx, "tcp", server.Chat) // whose end is not to be waited for
	if err != nil {
		pauseFor(a.ctx, 100*time.Millisecond)
		return err
	}
	defer func() { _ = conn.Close() }() // as rudely as can be
	stop := context.AfterFunc(a.ctx, func() { _ = conn.Close() })
	defer stop()
	err = behave(a.ctx, &stranger{conn.(*net.TCPConn), number})
	if a.ctx.Err() == nil {
		a.let.Add(1)
	}
	return err
}

// pauseFor waits, or until ctx ends.
func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

const handshake = "GET /chat HTTP/1.1\r\nHost: parley.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n"

// enter upgrades and says hello, to every channel there is.
func (s *stranger) enter() error {
	if err := s.upgrade(); err != nil {
		return err
	}
	known := make([]string, channels)
	for i := range known {
		known[i] = fmt.Sprintf("%q:0", channelName(i))
	}
	return s.text(fmt.Sprintf(`{"type":"hello","id":"1","user":"stranger %d","channels":{%s}}`, s.number, strings.Join(known, ",")))
}

func (s *stranger) upgrade() error {
	if _, err := io.WriteString(s, handshake); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReaderSize(s, 16), nil)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return errors.New(response.Status)
	}
	return nil
}

// text sends a text frame, and frame any bytes of one with another head.
func (s *stranger) text(payload string) error { return s.frame(0x81, payload) }

func (s *stranger) frame(head byte, payload string) error {
	frame := wsframe.AppendClient(nil, wsframe.Text, [4]byte{1, 2, 3, 4}, []byte(payload))
	frame[0] = head
	_, err := s.Write(frame)
	return err
}

// end reads until the server has ended the connection, for a while at most.
func (s *stranger) end(limit time.Duration) error {
	if err := s.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, s)
	return err
}
