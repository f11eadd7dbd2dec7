//go:build linux

package floor

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/parley-chat/parley/chatbench/epoll"
)

const (
	backlog    = 4096
	readBuffer = 64 << 10
	eventBatch = 512
)

// Server is the floor. Only Addr may be called while Serve runs.
type Server struct {
	poll     *epoll.Poller
	listener int
	addr     netip.AddrPort

	conns []*conn // by file descriptor
	live  []int   // file descriptors of those that get events, in no order
	rev   int64
	buf   []byte
	dead  []int // those that a broadcast could not write to
}

// Listen opens the server's port; port 0 takes a free one.
func Listen(addr netip.AddrPort) (*Server, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	s := &Server{listener: fd, buf: make([]byte, readBuffer)}
	if err := s.open(addr); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *Server) open(addr netip.AddrPort) error {
	for _, option := range [][2]int{{unix.SOL_SOCKET, unix.SO_REUSEADDR}, {unix.IPPROTO_TCP, unix.TCP_NODELAY}} {
		if err := unix.SetsockoptInt(s.listener, option[0], option[1], 1); err != nil {
			return fmt.Errorf("setsockopt: %w", err)
		}
	}
	if err := unix.Bind(s.listener, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}); err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	if err := unix.Listen(s.listener, backlog); err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	bound, err := unix.Getsockname(s.listener)
	if err != nil {
		return fmt.Errorf("getsockname: %w", err)
	}
	inet, ok := bound.(*unix.SockaddrInet4)
	if !ok {
		return errors.New("the floor listens on IPv4 only")
	}
	s.addr = netip.AddrPortFrom(netip.AddrFrom4(inet.Addr), uint16(inet.Port))
	if s.poll, err = epoll.New(eventBatch); err != nil {
		return err
	}
	return s.poll.Add(s.listener, epoll.Read)
}

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Serve works until ctx ends, on an OS thread of its own, and closes everything.
func (s *Server) Serve(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		_ = s.poll.Wake() // fails only when it is closed, which waits for this
	})
	defer func() {
		if !stop() {
			<-woken
		}
		s.close()
	}()
	for ctx.Err() == nil {
		events, err := s.poll.Wait(-1)
		if err != nil {
			return err
		}
		for _, event := range events {
			fd := int(event.Fd)
			if fd == s.listener {
				if err := s.accept(); err != nil {
					return err
				}
				continue
			}
			s.readable(fd)
		}
	}
	return nil
}

func (s *Server) accept() error {
	for {
		fd, _, err := unix.Accept4(s.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch {
		case err == unix.EAGAIN:
			return nil
		case err == unix.EINTR, err == unix.ECONNABORTED:
			continue
		case err != nil:
			return fmt.Errorf("accept: %w", err)
		}
		for len(s.conns) <= fd {
			s.conns = append(s.conns, nil)
		}
		s.conns[fd] = &conn{fd: fd, place: -1}
		if err := s.poll.Add(fd, epoll.Read); err != nil {
			return err
		}
	}
}

// broadcast is what is measured: one write per connection and nothing else.
func (s *Server) broadcast(frame []byte) {
	for _, fd := range s.live {
		n, errno := epoll.WriteFD(fd, frame)
		if errno != 0 || n != len(frame) {
			s.dead = append(s.dead, fd)
		}
	}
	for _, fd := range s.dead {
		s.drop(s.conns[fd])
	}
	s.dead = s.dead[:0]
}

func (s *Server) drop(c *conn) {
	if c.place >= 0 {
		last := s.live[len(s.live)-1]
		s.live[c.place] = last
		s.conns[last].place = c.place
		s.live = s.live[:len(s.live)-1]
	}
	s.conns[c.fd] = nil
	_ = unix.Close(c.fd)
}

func (s *Server) close() {
	for _, c := range s.conns {
		if c != nil {
			_ = unix.Close(c.fd)
		}
	}
	_ = unix.Close(s.listener)
	_ = s.poll.Close()
}
