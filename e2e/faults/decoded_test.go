//go:build faults && linux

package faults_test

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// decodedMany is how many events are remembered, or twice as many.
const decodedMany = 4096

// decoded has what events said by their bytes: everybody in a channel is told by the same
// ones, and to decode them for each took most of what the crowd needs of the processor.
type decoded struct {
	mu          sync.Mutex
	now, before map[string]*frame
}

var eventBegins = []byte(`{"type":"message",`)

// decode gives what a frame says. Events are shared: nobody may change them.
func (d *decoded) decode(text []byte) (*frame, error) {
	event := bytes.HasPrefix(text, eventBegins)
	if event {
		if f := d.find(text); f != nil {
			return f, nil
		}
	}
	f := &frame{}
	if err := json.Unmarshal(text, f); err != nil {
		return nil, err
	}
	if event {
		d.keep(string(text), f)
	}
	return f, nil
}

func (d *decoded) find(text []byte) *frame {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.now[string(text)]; f != nil {
		return f
	}
	return d.before[string(text)]
}

func (d *decoded) keep(text string, f *frame) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.now == nil || len(d.now) >= decodedMany {
		d.now, d.before = make(map[string]*frame, decodedMany), d.now
	}
	d.now[text] = f
}

// next reads a frame.
func (v *visit) next() (*frame, error) {
	kind, r, err := v.ws.NextReader()
	if err != nil {
		return nil, err
	}
	if kind != websocket.TextMessage {
		return nil, errNoText
	}
	v.text.Reset()
	if _, err := v.text.ReadFrom(r); err != nil {
		return nil, err
	}
	return v.crowd.decoded.decode(v.text.Bytes())
}

// TestDecoded wants of two equal events one frame, and of others their own.
func TestDecoded(t *testing.T) {
	var d decoded
	say := func(text string) *frame {
		f, err := d.decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	one := `{"type":"message","channel":"general","rev":1,"text":"one"}`
	first := say(one)
	if say(one) != first || first.Rev != 1 || first.Text != "one" || first.Channel.Name != "general" {
		t.Errorf("the same event is %+v", first)
	}
	if other := say(`{"type":"message","channel":"general","rev":2,"text":"one"}`); other == first || other.Rev != 2 {
		t.Errorf("another event is %+v", other)
	}
	ack := `{"type":"ack","id":"c1"}`
	if answer, again := say(ack), say(ack); answer == again {
		t.Error("an answer is shared")
	}
	for i := range 3 * decodedMany {
		d.keep(string(rune(i))+one, first)
	}
	if len(d.now)+len(d.before) > 2*decodedMany {
		t.Errorf("%d are remembered", len(d.now)+len(d.before))
	}
	if again := say(one); again == first || again.Rev != 1 {
		t.Errorf("an event that was forgotten is %+v", again)
	}
	if _, err := d.decode([]byte(`{"type":"message",`)); err == nil {
		t.Error("half a frame was taken")
	}
}
