package load

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

func TestHistogramSurvivesJSON(t *testing.T) {
	h := NewHistogram()
	for i := range 1000 {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	h.Record(0)         // below the range
	h.Record(time.Hour) // above it
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var back Histogram
	if err := json.Unmarshal(encoded, &back); err != nil {
		t.Fatal(err)
	}
	merged := NewHistogram()
	merged.Merge(back)
	merged.Merge(h)
	merged.Merge(Histogram{})
	if merged.Count() != 2*h.Count() || h.Count() != 1002 {
		t.Errorf("%d of twice %d", merged.Count(), h.Count())
	}
	for _, q := range []float64{0, 0.5, 0.99, 1} {
		if merged.Quantile(q) != h.Quantile(q) {
			t.Errorf("quantile %v: %v, was %v", q, merged.Quantile(q), h.Quantile(q))
		}
	}
	if p50 := h.Quantile(0.5); math.Abs(p50.Seconds()-0.5) > 0.002 {
		t.Errorf("p50 of 1 to 1000 ms: %v", p50)
	}
}

func TestEmptyHistogram(t *testing.T) {
	var none Histogram
	encoded, err := json.Marshal(none)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded, &none); err != nil || none.Count() != 0 || none.Quantile(0.5) != 0 {
		t.Errorf("%s: %v", encoded, err)
	}
	if err := json.Unmarshal([]byte(`"nonsense"`), &none); err == nil {
		t.Error("took nonsense")
	}
}

func TestSpread(t *testing.T) {
	const count, duration = 5000, 10 * time.Second
	for _, arrivals := range []Arrivals{Poisson, Uniform} {
		due, err := Spread(arrivals, count, duration, 1)
		if err != nil || len(due) != count {
			t.Fatalf("%s: %d, %v", arrivals, len(due), err)
		}
		var squares float64
		for i, at := range due {
			if at < 0 || at >= duration {
				t.Fatalf("%s: message %d at %v", arrivals, i, at)
			}
			gap := at
			if i > 0 {
				gap = at - due[i-1]
			}
			if gap < 0 {
				t.Fatalf("%s: message %d before the one before", arrivals, i)
			}
			squares += math.Pow(gap.Seconds()*count/duration.Seconds(), 2)
		}
		// The mean square of the gap, in mean gaps: 2 for Poisson arrivals, 1 for even ones.
		want := map[Arrivals]float64{Poisson: 2, Uniform: 1}[arrivals]
		if got := squares / count; math.Abs(got-want) > 0.2 {
			t.Errorf("%s: mean square gap %.2f, want %.1f", arrivals, got, want)
		}
	}
	a, _ := Spread(Poisson, 10, duration, 7)
	b, _ := Spread(Poisson, 10, duration, 7)
	c, _ := Spread(Poisson, 10, duration, 8)
	if a[5] != b[5] || a[5] == c[5] {
		t.Errorf("seeds 7, 7, 8: %v %v %v", a[5], b[5], c[5])
	}
	if _, err := Spread("sometimes", 1, duration, 1); err == nil {
		t.Error("took arrivals that there are not")
	}
}

// What the generator writes is a send that the server understands, and it reads
// the event, the ack and the welcome that the server makes.
func TestMessagesThroughTheServersOwnFrames(t *testing.T) {
	const number = 3<<workerShift | 0xabc
	due := 123456789 * time.Microsecond
	var send struct{ Type, ID, Channel, Nonce, Text string }
	raw := appendSend(nil, "twelve-chars", due, number, DefaultTextBytes)
	if err := json.Unmarshal(raw, &send); err != nil {
		t.Fatal(err)
	}
	if send.Type != "send" || send.Channel != chat.General || len(send.Nonce) != 22 || len(send.Text) != DefaultTextBytes {
		t.Errorf("%+v", send)
	}
	m := chat.Message{
		ID: chat.EntryID(chat.Guest("a", "a").Sender(), send.Nonce), Channel: send.Channel, Seq: 99, Rev: 125,
		User: userName(3, 7), Text: send.Text, At: time.Date(2026, 11, 24, 9, 2, 11, 42e6, time.UTC),
	}
	got, ok := scanEvent(protocol.AppendMessage(nil, m))
	if want := (event{rev: 125, due: due, number: number}); !ok || got != want {
		t.Errorf("event: %+v, want %+v", got, want)
	}
	ack := protocol.Ack{ID: send.ID, Channel: send.Channel, Message: m.ID, Seq: 99, Rev: 125, At: m.At}.Frame()
	if low, rev, ok := scanAck(ack); !ok || low != 0xabc || rev != 125 {
		t.Errorf("ack: %x at %d, %t", low, rev, ok)
	}
	rev := int64(124)
	welcome := protocol.Welcome{Channels: []protocol.ChannelInfo{{Name: "dev"}, {Name: chat.General, Rev: &rev}}}
	if got, err := readWelcome(welcome.Frame()[4:]); err != nil || got != 124 {
		t.Errorf("welcome: %d, %v", got, err)
	}
	if size := len(protocol.AppendMessage(nil, m)); size != 189 { // seq has two digits here
		t.Errorf("an event of %d bytes", size)
	}
}

func TestOtherEventsDoNotScan(t *testing.T) {
	for _, payload := range []string{
		``, `{"type":"message"}`, `{"rev":5,"text":"short"}`, `{"rev":,"text":"00000000000c-0000000001"}`,
		`{"rev":5,"text":"00000000000c_0000000001"}`, `{"rev":5,"text":"00000000000c-000000000G"}`,
		`{"rev":5,"text":"00000000000c-0000000001`, `{"rev":99999999999999999999,"text":"00000000000c-0000000001"}`,
	} {
		if e, ok := scanEvent([]byte(payload)); ok {
			t.Errorf("%s scans as %+v", payload, e)
		}
	}
}
