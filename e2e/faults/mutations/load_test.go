package mutations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
	"github.com/parley-chat/parley/e2e/process"
)

const (
	guests      = 12
	channels    = 2
	settleLimit = 5 * time.Second // for everybody to be told everything
)

// load has guests chat for a while in channels of their own, and judges what they were
// told. What kept them from chatting is an error.
func load(t *testing.T, i *process.Installation, n int) (*history.Report, error) {
	t.Helper()
	h, names := history.New(), make([]string, channels)
	for k := range names {
		names[k] = fmt.Sprintf("round-%d-%d", n, k)
	}
	if err := create(t.Context(), i.Replicas[0].Chat, names); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), round)
	defer cancel()
	all, broken := make([]*guest, guests), []error(nil)
	var chatting sync.WaitGroup
	for k := range all {
		g := &guest{
			Session: h.Session(fmt.Sprint("guest", k), fmt.Sprint("round", n)), user: fmt.Sprint("guest", k), session: fmt.Sprint("round", n),
			replicas: i.Replicas, channels: names, known: map[string]int64{}, own: map[string][]string{},
			rand: rand.New(rand.NewPCG(*seed, uint64(n*guests+k))),
		}
		all[k] = g
		chatting.Go(func() { g.chat(ctx) })
	}
	chatting.Wait()
	final := map[string][]history.Message{}
	tails := map[string]int64{}
	for _, name := range names {
		messages, err := read(t.Context(), i.Replicas[0].Chat, name)
		if err != nil {
			t.Fatal(err)
		}
		final[name] = messages
		for _, m := range messages {
			tails[name] = max(tails[name], m.Rev)
		}
	}
	for _, g := range all {
		chatting.Go(func() { g.settle(tails, time.Now().Add(settleLimit)) })
	}
	chatting.Wait()
	for _, g := range all {
		for _, err := range g.broken {
			broken = append(broken, fmt.Errorf("%s: %w", g.user, err))
		}
	}
	return h.Check(final), errors.Join(broken...)
}

// create makes channels.
func create(ctx context.Context, address string, names []string) error {
	l, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer l.close()
	requests := []request{{"type": "hello", "user": "maker", "session": "maker"}}
	for _, name := range names {
		requests = append(requests, request{"type": "create", "channel": name})
	}
	for _, r := range requests {
		id, err := l.send(r)
		for f := (frame{}); err == nil && f.ID != id; {
			if f, err = l.next(settleLimit); f.Type == "error" {
				err = fmt.Errorf("%v: %s", r, f.Code)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read gives all messages of a channel from the store, by seq.
func read(ctx context.Context, address, channel string) ([]history.Message, error) {
	pages, before := [][]history.Message{}, ""
	for more := true; more; {
		page, err := readPage(ctx, fmt.Sprintf("http://%s/api/v1/channels/%s/messages?limit=100%s", address, channel, before))
		if err != nil {
			return nil, err
		}
		more = page.More && len(page.Messages) > 0
		if more {
			before = fmt.Sprint("&before=", page.Messages[0].Seq)
		}
		pages = append(pages, page.Messages)
	}
	slices.Reverse(pages)
	return slices.Concat(pages...), nil
}

type page struct {
	Messages []history.Message
	More     bool
}

func readPage(ctx context.Context, address string) (p page, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return p, err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return p, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return p, fmt.Errorf("%s: %s", address, response.Status)
	}
	err = json.NewDecoder(response.Body).Decode(&p)
	return p, err
}

// pick gives one of a map's keys.
func (g *guest) pick(from map[string]int64) string {
	keys := slices.Sorted(maps.Keys(from))
	return keys[g.rand.IntN(len(keys))]
}
