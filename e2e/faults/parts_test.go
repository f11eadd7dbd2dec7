//go:build faults && linux

package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// The noise does what it says to messages, and leaves everything else alone.
func TestNoise(t *testing.T) {
	t.Parallel()
	const messages = 10_000
	var said bytes.Buffer
	for i := range messages {
		payload := fmt.Sprintf("%05d\r\nRMSG", i) // a payload may look like anything
		fmt.Fprintf(&said, "PING\r\nRMSG $G a.b %d\r\n%s\r\n", len(payload), payload)
	}
	for _, on := range []bool{false, true} {
		n := newNoise(chance("noise"))
		n.on.Store(on)
		var heard bytes.Buffer
		if err := n.carry(&heard, bytes.NewReader(said.Bytes())); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if !on {
			if !bytes.Equal(said.Bytes(), heard.Bytes()) {
				t.Error("without noise it is not the same")
			}
			continue
		}
		pings, heads := strings.Count(heard.String(), "PING\r\n"), strings.Count(heard.String(), "RMSG $G a.b 11\r\n")
		lost, repeated, overtook := n.lost.Load(), n.repeated.Load(), n.overtook.Load()
		if want := messages - int(lost) + int(repeated); pings != messages || heads < want-1 || heads > want { // the last may be held
			t.Errorf("%d pings and %d messages of %d, %d lost, %d repeated", pings, heads, messages, lost, repeated)
		}
		for _, n := range []int64{lost, repeated, overtook} {
			if n < messages/11 || n > messages/9 {
				t.Errorf("not a tenth each: %d lost, %d repeated, %d overtaken", lost, repeated, overtook)
			}
		}
	}
}

// A gap counts while it is open, too, and only while somebody asks for something.
func TestGaps(t *testing.T) {
	t.Parallel()
	g := newGaps()
	g.mark("a") // before anybody asks
	g.begin()
	g.mark("a")
	time.Sleep(20 * time.Millisecond)
	g.mark("b") // for the first time
	g.end()
	time.Sleep(50 * time.Millisecond)
	g.mark("a")
	longest, where := g.most()
	if longest < 20*time.Millisecond || longest >= 50*time.Millisecond || where == "" {
		t.Errorf("%v in %q", longest, where)
	}
	if again, _ := g.most(); again != 0 {
		t.Errorf("%v is counted twice", again)
	}
}

// What was not given back is said.
func TestKept(t *testing.T) {
	t.Parallel()
	before := resources{Heap: 100, Goroutines: 100, Descriptors: 100, Cursors: 2}
	for want, after := range map[int]resources{
		0: {Heap: 119, Goroutines: 109, Descriptors: 90, Pooled: 90, Cursors: 2},
		1: {Heap: 121, Goroutines: 100, Descriptors: 100},
		2: {Heap: 100, Goroutines: 111, Descriptors: 111},
		3: {Heap: 121, Pooled: 1000, Cursors: 3 + members},
	} {
		if got := after.kept(before, moreMemory); len(got) != want {
			t.Errorf("%+v: %q", after, got)
		}
	}
}

// No two faults of a combination break one part.
func TestFree(t *testing.T) {
	t.Parallel()
	now := []broken{{fault: replicaKilled}}
	if free(now, rollingUpgrade) || free(now, storeCut) || free(now, allKilled) || !free(now, primaryKilled) || !free(now, busCut) {
		t.Error("parts are broken twice, or not at all")
	}
}

// What comes to its end while another is mended is mended next, and not forgotten.
func TestOver(t *testing.T) {
	t.Parallel()
	soon := time.Now().Add(10 * time.Millisecond)
	now := []broken{{until: soon}, {until: time.Now()}, {until: soon.Add(time.Hour)}}
	mended := 0
	ends := over(func(broken) {
		mended++
		time.Sleep(20 * time.Millisecond)
	})
	for range 2 {
		now = slices.DeleteFunc(now, ends)
		if mended+len(now) != 3 {
			t.Fatalf("%d are mended and %d are left of 3", mended, len(now))
		}
	}
	if mended != 2 {
		t.Errorf("%d are mended", mended)
	}
}
