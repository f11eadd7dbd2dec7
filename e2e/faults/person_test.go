//go:build faults && linux

package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// person is one session of somebody, over all of its connections.
type person struct {
	crowd         *crowd
	number        int
	user, session string
	random        *rand.Rand // of what they do; its talker's alone
	record        *history.Session

	mu    sync.Mutex
	known map[string]int64 // the last rev, by channel that they are in
	open  []*change        // not acknowledged yet, in order
	own   []owned          // messages that they may edit or delete
	count int              // numbers given out
	visit *visit           // nil while not welcomed
	last  error            // why the last visit ended
	came  time.Time        // when the person was welcomed last
}

// owned is one's own message.
type owned struct{ channel, id string }

// visit is one connection.
type visit struct {
	*person
	ws      *websocket.Conn
	on      *history.Connection
	where   *replica
	writing sync.Mutex
	ended   chan struct{}
	text    bytes.Buffer             // of the last frame; the reader's alone
	reads   map[string]*history.Read // asked for, by id; guarded by the person's lock
}

// live visits the chat again and again until ctx ends.
func (p *person) live(ctx context.Context) {
	for ctx.Err() == nil {
		wait := 20 * time.Millisecond
		if p.crowd.present.Load() {
			wait = p.enter(ctx)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// enter is one connection to any replica. It tells how long to stay away after it.
func (p *person) enter(ctx context.Context) (wait time.Duration) {
	wait = rand.N(300 * time.Millisecond)
	r := p.crowd.stage.replicas[rand.IntN(len(p.crowd.stage.replicas))]
	server := r.running()
	if server == nil {
		return wait / 10
	}
	ws, err := dial(ctx, server.Chat)
	if err != nil {
		p.gone(err)
		return wait
	}
	v := &visit{person: p, ws: ws, on: p.record.Connect(r.String()), where: r, ended: make(chan struct{}), reads: map[string]*history.Read{}}
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() }) // its end shows in what reads
	defer stop()
	var talking sync.WaitGroup // one connection's words end before the next one's begin
	err = v.listen(&talking)
	close(v.ended)
	_ = ws.Close()
	talking.Wait()
	if ctx.Err() == nil { // who was here to the end must have been told everything
		v.on.Ended()
	}
	p.gone(err)
	var closed *websocket.CloseError
	var reason frame
	if errors.As(err, &closed) && json.Unmarshal([]byte(closed.Text), &reason) == nil {
		wait += time.Duration(reason.RetryMS) * time.Millisecond
		if closed.Code >= 4200 && closed.Code < 4300 || closed.Code == websocket.CloseProtocolError {
			p.crowd.complain("%s was closed with %d %s", v.on, closed.Code, closed.Text)
		}
	}
	return wait
}

// listen says hello and takes in what comes, until the connection ends.
func (v *visit) listen(talking *sync.WaitGroup) error {
	v.answerSlowly()
	v.mu.Lock()
	known := maps.Clone(v.known)
	v.mu.Unlock()
	if err := v.write(request{"type": "hello", "id": "hello", "user": v.user, "session": v.session, "channels": known}); err != nil {
		return err
	}
	for welcomed := false; ; {
		if err := v.ws.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return err
		}
		f, err := v.next()
		if err != nil {
			return err
		}
		switch {
		case f.Type == "welcome" && !welcomed:
			welcomed = true
			v.welcome(f, known)
			talking.Go(v.talk)
		case !welcomed:
			return fmt.Errorf("no welcome: %+v", *f)
		default:
			v.hear(f)
		}
	}
}

// answerSlowly has one in ten take their time for pings and goodbyes, if the crowd is to.
func (v *visit) answerSlowly() {
	slow := func() {
		if v.number%10 == 0 && v.crowd.slow.Load() {
			select {
			case <-time.After(2 * time.Second):
			case <-v.ended:
			}
		}
	}
	ping, bye := v.ws.PingHandler(), v.ws.CloseHandler()
	v.ws.SetPingHandler(func(text string) error {
		slow()
		return errors.Join(v.ws.SetReadDeadline(time.Now().Add(silence)), ping(text))
	})
	v.ws.SetCloseHandler(func(code int, text string) error { slow(); return bye(code, text) })
}

// welcome takes where the person is in now.
func (v *visit) welcome(f *frame, known map[string]int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range f.Channels {
		v.joined(c, known[c.Name])
	}
	for _, name := range f.Missing {
		v.crowd.complain("%s: #%s is missing", v.on, name)
	}
	v.visit, v.came = v, time.Now()
}

// joined takes how a channel stands. The lock is held.
func (v *visit) joined(c place, known int64) {
	v.on.Joined(c.Name, known, history.Place{Rev: c.Rev, Seq: c.Seq, Reset: c.Reset})
	if v.known[c.Name] = known; known == 0 || c.Reset {
		v.known[c.Name] = c.Rev
	}
}

func (v *visit) write(r request) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	if err := v.ws.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	return v.ws.WriteJSON(r)
}

// gone notes the end of a visit, or of a try.
func (p *person) gone(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visit, p.last = nil, err
	for _, c := range p.open {
		c.sent = false
	}
}

// here tells why the person is not.
func (p *person) here() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visit == nil {
		return fmt.Errorf("%s/%s is not connected: %w", p.user, p.session, p.last)
	}
	return nil
}

// hasBeenHere tells whether the person is here, or was welcomed after a moment.
func (p *person) hasBeenHere(since time.Time) error {
	p.mu.Lock()
	came := p.came
	p.mu.Unlock()
	if came.After(since) {
		return nil
	}
	return p.here()
}

// waits tells what the person waits for, with the greatest revs that anybody knows.
func (p *person) waits(tails map[string]int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.open) > 0 {
		return fmt.Errorf("%s/%s waits for %d acknowledgements", p.user, p.session, len(p.open))
	}
	for channel, rev := range p.known {
		if rev < tails[channel] {
			return fmt.Errorf("%s/%s knows #%s up to rev %d of %d", p.user, p.session, channel, rev, tails[channel])
		}
	}
	return nil
}
