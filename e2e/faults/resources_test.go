//go:build faults && linux

package faults_test

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parley-chat/parley/chatbench/proc"
)

// resources are what all replicas together hold while nobody is connected.
type resources struct {
	Heap        float64 `json:"heap_bytes"` // in use after a collection
	Resident    float64 `json:"resident_bytes"`
	Goroutines  float64 `json:"goroutines"`
	Descriptors float64 `json:"descriptors"` // without connections to the store
	Pooled      float64 `json:"pooled"`      // connections to the store, which are kept
	Cursors     float64 `json:"cursors"`     // in the store, members' own among them
}

// resources measures them, once they do not become less any more.
func (s *stage) resources() (least resources, err error) {
	for n := range 10 {
		r, err := s.measure()
		if err != nil {
			return r, err
		}
		if n > 0 && r.Heap >= 0.99*least.Heap && r.Goroutines >= least.Goroutines && r.Descriptors >= least.Descriptors && r.Cursors >= least.Cursors {
			return least, nil
		}
		least = r
		time.Sleep(500 * time.Millisecond)
	}
	return least, nil
}

func (s *stage) measure() (sum resources, err error) {
	servers, err := s.servers()
	if err != nil {
		return sum, err
	}
	for _, server := range servers {
		response, err := web.Get("http://" + server.Admin + "/debug/pprof/heap?gc=1")
		if err != nil {
			return sum, err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return sum, err
		}
		m, err := server.Metrics()
		if err != nil {
			return sum, err
		}
		resident, err := proc.RSS(server.Pid())
		if err != nil {
			return sum, err
		}
		sum.Heap += m["go_memstats_heap_alloc_bytes"]
		sum.Goroutines += m["go_goroutines"]
		pooled := 0
		for _, cable := range s.lines.members {
			pooled += cable.Count(server.Pid())
		}
		sum.Pooled += float64(pooled)
		sum.Descriptors += m["process_open_fds"] - float64(pooled)
		sum.Resident += float64(resident)
	}
	if s.mongo == nil {
		return sum, nil
	}
	cursors, err := s.mongo.OpenCursors(s.t.Context())
	sum.Cursors = float64(cursors)
	return sum, err
}

// How much more than before may be held afterwards: a fifth of the memory, and of the rest
// a few for what comes and goes by itself. Connections to the store have a limit of their
// own, so many to each member and a few to watch it. A member that has changed whom it follows
// leaves a cursor there until it is found to be idle.
const (
	moreMemory  = 1.2
	moreBriefly = 1.5 // in the short run, which is over before caches are as full as they get
	moreOfRest  = 1.1
	fewOfRest   = 4 // or so many, such as files that a store opens when it is busy
	mostPooled  = replicas * members * (32 + 4)
)

// kept tells what was not given back, where so many times the memory of before may be held.
func (r resources) kept(before resources, memory float64) (problems []string) {
	for _, one := range []struct {
		what          string
		before, after float64
		most          float64
	}{
		{"bytes of heap", before.Heap, r.Heap, memory},
		{"goroutines", before.Goroutines, r.Goroutines, rest(before.Goroutines)},
		{"descriptors", before.Descriptors, r.Descriptors, rest(before.Descriptors)},
		{"connections to the store at most", mostPooled, r.Pooled, 1},
		{"open cursors and one of each member's at most", before.Cursors + members, r.Cursors, 1},
	} {
		if one.after > one.most*one.before {
			problems = append(problems, fmt.Sprintf("%.0f %s before and %.0f after it", one.before, one.what, one.after))
		}
	}
	return problems
}

// rest is how many times as much as before there may be of what is no memory.
func rest(before float64) float64 { return max(moreOfRest, (before+fewOfRest)/max(before, 1)) }
