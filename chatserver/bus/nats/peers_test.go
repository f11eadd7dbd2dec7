package nats

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// clients are at each replica.
const clients = 7

// serve has a bus answer with what it is asked and the name of its replica.
func serve(t *testing.T, b *Bus) {
	t.Helper()
	if err := b.Serve(func(_ context.Context, request []byte) ([]byte, error) {
		if bytes.Equal(request, []byte("nonsense")) {
			return nil, errors.New("nonsense")
		}
		return append(request, " by "+b.members.self...), nil
	}, func() int { return clients }); err != nil {
		t.Fatal(err)
	}
}

// owners says which replica each thinks of as a channel's owner.
func owners(buses []*Bus, channel string) map[string]int {
	found := make(map[string]int)
	for _, b := range buses {
		owner := b.Owner(channel)
		if owner == "" {
			owner = b.members.self
		}
		found[owner]++
	}
	return found
}

// agreed waits until all name the same owner of many channels, and counts the channels
// of each.
func agreed(t *testing.T, buses []*Bus) map[string]int {
	t.Helper()
	const channels = 300
	share := make(map[string]int)
	for i := range channels {
		channel := fmt.Sprint("channel", i)
		eventually(t, "all replicas agree", func() bool { return len(owners(buses, channel)) == 1 })
		for owner := range owners(buses, channel) {
			share[owner]++
		}
	}
	for _, b := range buses {
		if n := share[b.members.self]; n < channels/len(buses)/2 {
			t.Errorf("%d of %d channels are one replica's", n, channels)
		}
	}
	return share
}

func TestReplicasAgreeOnOwners(t *testing.T) {
	buses := mesh(t, 3)
	for _, b := range buses {
		serve(t, b)
	}
	agreed(t, buses)
	if replicas, there := buses[0].members.others(); replicas != 2 || there != 2*clients {
		t.Errorf("%d others with %d clients", replicas, there)
	}
	third := buses[2]
	third.Leave()
	eventually(t, "the others know that it leaves", func() bool {
		return buses[0].members.known() == 1 && buses[1].members.known() == 1
	})
	for i := range 300 {
		if third.Owner(fmt.Sprint("channel", i)) == "" {
			t.Fatal("who leaves still owns a channel")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := buses[0].Ask(ctx, third.members.self, []byte("asked")); err != nil {
		t.Errorf("who leaves does not answer any more: %v", err)
	}
	if share := agreed(t, buses[:2]); share[third.members.self] > 0 {
		t.Errorf("%d channels belong to who is gone", share[third.members.self])
	}
}

func TestAsk(t *testing.T) {
	buses := mesh(t, 2)
	serve(t, buses[0])
	serve(t, buses[1])
	other := buses[1].members.self
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	eventually(t, "the other is known", func() bool { return buses[0].members.known() == 1 })
	answer, err := buses[0].Ask(ctx, other, []byte("asked"))
	if err != nil || string(answer) != "asked by "+other {
		t.Errorf("%s, %v", answer, err)
	}
	if answer, err := buses[0].Ask(ctx, other, []byte("nonsense")); err == nil {
		t.Errorf("nonsense was answered with %s", answer)
	}
	began := time.Now()
	if _, err := buses[0].Ask(ctx, "nobody", []byte("asked")); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("nobody answered: %v, after %v", err, time.Since(began))
	}
}

// TestWords tells something to the others, and something that means nothing.
func TestWords(t *testing.T) {
	buses := mesh(t, 2)
	heard := make(chan string, 100)
	if err := buses[1].Hear(func(replica string, word []byte) { heard <- replica + ": " + string(word) }); err != nil {
		t.Fatal(err)
	}
	if err := buses[0].conn.Publish(buses[0].topic("words"), []byte("nonsense")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a word is heard", func() bool {
		buses[0].Tell([]byte("a word"))
		return len(heard) > 0
	})
	if got := <-heard; got != buses[0].members.self+": a word" {
		t.Errorf("heard %q", got)
	}
	if buses[0].Before(buses[1].members.self) == buses[1].Before(buses[0].members.self) {
		t.Error("the replicas do not agree on who comes first")
	}
}

// TestSilence lets time pass without a replica being heard.
func TestSilence(t *testing.T) {
	var now atomic.Int64
	m := members{self: "a", now: func() time.Time { return time.Unix(0, now.Load()) }, seen: make(map[string]member)}
	if !m.sign("b", 3) || m.sign("b", clients) {
		t.Error("a replica is new once")
	}
	if replicas, there := m.others(); replicas != 1 || there != clients {
		t.Errorf("%d others with %d clients", replicas, there)
	}
	channel := ""
	for i := 0; m.owner(channel) != "b"; i++ {
		channel = fmt.Sprint("channel", i)
	}
	m.suspect("b")
	if m.owner(channel) != "" {
		t.Error("who does not answer still owns")
	}
	now.Add(int64(suspectFor + time.Millisecond))
	m.sign("b", clients)
	if m.owner(channel) != "b" {
		t.Error("who is back owns nothing")
	}
	now.Add(int64(forgetAfter + time.Millisecond))
	if replicas, there := m.others(); m.owner(channel) != "" || replicas != 0 || there != 0 {
		t.Errorf("who is silent is not forgotten: %d others with %d clients", replicas, there)
	}
}

// known is how many other replicas have been heard of.
func (m *members) known() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.seen)
}
