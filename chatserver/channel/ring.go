package channel

import "github.com/parley-chat/parley/chatserver/protocol"

// ring keeps the ready frames of a channel's latest entries, of consecutive revs,
// within a number and a size. The zero ring of some bounds is empty.
type ring struct {
	maxEvents, maxBytes int

	frames []protocol.Frame // circular once it has maxEvents
	start  int              // index of the oldest
	count  int
	bytes  int
	last   int64 // rev of the newest
}

func (r *ring) clear() {
	*r = ring{maxEvents: r.maxEvents, maxBytes: r.maxBytes}
}

// push adds the frame of a rev. One that does not follow the last empties the ring
// first.
func (r *ring) push(rev int64, frame protocol.Frame) {
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
	r.last = rev
}

func (r *ring) drop() {
	r.bytes -= len(r.frames[r.start])
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
