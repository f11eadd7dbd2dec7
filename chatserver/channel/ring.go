package channel

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chatserver/protocol"
)

// ring keeps the ready frames of a channel's latest entries, of consecutive revs,
// within a number and a size. The zero ring of some bounds is empty.
type ring struct {
	maxEvents, maxBytes int
	total               *atomic.Int64 // bytes of all channels' rings

	frames []protocol.Frame // circular once it has maxEvents
	start  int              // index of the oldest
	count  int
	bytes  int
	last   int64 // rev of the newest
	at     int64 // when that was added, in nanoseconds since 1970
}

func (r *ring) clear() {
	r.total.Add(-int64(r.bytes))
	*r = ring{maxEvents: r.maxEvents, maxBytes: r.maxBytes, total: r.total}
}

// push adds the frame of a rev. One that does not follow the last empties the ring
// first.
func (r *ring) push(rev int64, frame protocol.Frame, now time.Time) {
	if rev != r.last+1 {
		r.clear()
	}
	for r.count > 0 && (r.count == r.maxEvents || r.bytes+len(frame) > r.maxBytes) {
		r.drop()
	}
	if len(r.frames) < r.maxEvents && r.start+r.count == len(r.frames) {
		r.frames = append(r.frames, frame)
	} else {
		r.frames[(r.start+r.count)%len(r.frames)] = frame
	}
	r.count++
	r.bytes += len(frame)
	r.total.Add(int64(len(frame)))
	r.last, r.at = rev, now.UnixNano()
}

func (r *ring) drop() {
	r.bytes -= len(r.frames[r.start])
	r.total.Add(-int64(len(r.frames[r.start])))
	r.frames[r.start] = nil
	r.start = (r.start + 1) % len(r.frames)
	r.count--
}

// after gives the frames of all revs from after+1 to last, or false if the ring no
// longer has them all. The newest rev of the channel must be last.
func (r *ring) after(after, last int64) ([]protocol.Frame, bool) {
	n := last - after
	if n == 0 {
		return nil, true
	}
	if n < 0 || last != r.last || n > int64(r.count) {
		return nil, false
	}
	frames := make([]protocol.Frame, 0, n)
	for i := r.count - int(n); i < r.count; i++ {
		frames = append(frames, r.frames[(r.start+i)%len(r.frames)])
	}
	return frames, true
}

// trimRing empties the ring if nothing has been added since a time, in nanoseconds since
// 1970. Who resumes from before then reads the log.
func (c *Channel) trimRing(since int64) {
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ring.count > 0 && d.ring.at <= since {
		d.ring.clear()
	}
}

// trimRings empties rings while all of them hold too much, those first in which nothing
// has come for the longest.
func (h *Hub) trimRings(channels []*Channel) {
	most := int64(h.cfg.MaxRingBytes)
	if h.ringBytes.Load() <= most {
		return
	}
	times := make([]int64, 0, len(channels))
	for _, c := range channels {
		c.delivery.mu.Lock()
		times = append(times, c.delivery.ring.at)
		c.delivery.mu.Unlock()
	}
	order := make([]int, len(channels))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	for _, i := range order {
		if h.ringBytes.Load() <= most-most/8 {
			return
		}
		channels[i].trimRing(times[i])
	}
}
