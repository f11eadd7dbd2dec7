//go:build faults && linux

package faults_test

import (
	"net"
	"sync"

	"github.com/parley-chat/parley/e2e/process"
)

// lines are the cables between the parts, and what they are to do. A cable stands before
// each member of the database, for replicas and other members alike, and before each
// replica's bus. A replica tells others where its bus is by the port that it listens on
// and the address that they see; so it listens on another address of the loopback network
// with the port of its cable, and all find the cable.
type lines struct {
	members, buses []*process.Cable

	mu    sync.Mutex
	store [replicas]process.State // how a replica reaches the store
	bus   [replicas]process.State // and the other replicas
}

// behind is where the replica's bus listens.
func (r *replica) behind() string {
	_, port, _ := net.SplitHostPort(r.bus) // it is one
	return net.JoinHostPort("127.0.1.1", port)
}

func (s *stage) beforeMember(address string) (string, error) {
	cable, err := process.NewCable(s.t, address, process.Options{Clients: s.pids})
	if err != nil {
		return "", err
	}
	s.lines.members = append(s.lines.members, cable)
	return cable.Addr(), nil
}

func (s *stage) beforeBus(r *replica) error {
	cable, err := process.NewCable(s.t, r.behind(), process.Options{At: r.bus, Clients: s.pids, Carry: s.noise.carry})
	if err == nil {
		s.lines.buses = append(s.lines.buses, cable)
	}
	return err
}

// pids are the processes that have to be told apart.
func (s *stage) pids() (all []int) {
	for _, r := range s.replicas {
		if pid := r.pid(); pid != 0 {
			all = append(all, pid)
		}
	}
	return all
}

// setStore changes how a replica reaches the store.
func (s *stage) setStore(r *replica, state process.State) {
	s.lines.mu.Lock()
	s.lines.store[r.number] = state
	s.lines.mu.Unlock()
	for _, cable := range s.lines.members {
		cable.SetFor(func(pid int) process.State { return s.lines.of(s.lines.store[:], s.placeOf(pid)) })
	}
}

// setBus changes how a replica and the others reach each other.
func (s *stage) setBus(r *replica, state process.State) {
	s.lines.mu.Lock()
	s.lines.bus[r.number] = state
	s.lines.mu.Unlock()
	for to, cable := range s.lines.buses {
		cable.SetFor(func(pid int) process.State { return s.lines.of(s.lines.bus[:], to, s.placeOf(pid)) })
	}
}

// of is the worst of the states of some places; a negative one is nobody's.
func (l *lines) of(states []process.State, places ...int) (worst process.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, place := range places {
		if place < 0 || states[place] == process.Whole {
			continue
		}
		if worst = states[place]; worst == process.Cut {
			return worst
		}
	}
	return worst
}

// placeOf is the number of the replica that a process is, or -1.
func (s *stage) placeOf(pid int) int {
	for _, r := range s.replicas {
		if pid != 0 && r.pid() == pid {
			return r.number
		}
	}
	return -1
}
