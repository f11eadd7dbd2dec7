package process

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Installation is several replicas: servers over one store, with their buses routed to
// each other. Its methods are for one goroutine.
type Installation struct {
	T              testing.TB // with which the replicas end
	Program, Store string
	Name           string // on the bus
	Flags          []string
	Replicas       []*Server // that run, as the test knows
}

// Add starts a replica that knows of one other, and waits until all have found each
// other. More flags win.
func (i *Installation) Add(more ...string) (*Server, error) { return i.AddOver(i.Store, more...) }

// AddOver starts one that reaches the store in its own way.
func (i *Installation) AddOver(store string, more ...string) (*Server, error) {
	i.T.Helper()
	flags := slices.Concat([]string{"--rate", "0", "--bus", "embedded", "--bus-name", i.Name, "--bus-listen", "127.0.0.1:0"}, i.Flags)
	if len(i.Replicas) > 0 {
		flags = append(flags, "--bus-routes", i.Replicas[0].Bus)
	}
	s, err := Start(i.T, i.Program, store, append(flags, more...)...)
	if err != nil {
		return nil, err
	}
	i.Replicas = append(i.Replicas, s)
	return s, i.AwaitRoutes(answerLimit)
}

// Remove takes a replica, which ends or is about to, out of the list.
func (i *Installation) Remove(s *Server) {
	i.Replicas = slices.DeleteFunc(i.Replicas, func(other *Server) bool { return other == s })
}

// AwaitRoutes waits until each replica has a route to each other one.
func (i *Installation) AwaitRoutes(limit time.Duration) error {
	for end := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		err := i.routed()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the replicas have not found each other after %v: %w", limit, err)
		}
	}
}

func (i *Installation) routed() error {
	for n, s := range i.Replicas {
		m, err := s.Metrics()
		if err != nil {
			return err
		}
		if routes := int(m["chatapp_bus_routes"]); routes != len(i.Replicas)-1 {
			return fmt.Errorf("replica %d of %d has %d routes", n, len(i.Replicas), routes)
		}
	}
	return nil
}
