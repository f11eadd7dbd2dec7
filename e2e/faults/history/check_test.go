package history

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// A chat that keeps its promises is never blamed, whatever people do.
func TestTrueHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChat(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		c.play(rapid.IntRange(1, 300).Draw(t, "things"))
		if err := c.Check(c.final()).Err(); err != nil {
			t.Fatal(err)
		}
	})
}

// chance is a chat's choices from a seed.
func chance(seed uint64) func(int) int {
	return rand.New(rand.NewPCG(seed, 0)).IntN
}

// Long histories are judged as well, and hold what they are there to hold: people who are
// told to start anew among it.
func TestLongHistory(t *testing.T) {
	for seed := range uint64(3) {
		c := newChat(chance(seed))
		c.play(10_000)
		c.drop(c.people[0])
		c.burst(c.people[1])
		c.play(10_000)
		r := c.Check(c.final())
		if err := r.Err(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if r.Acknowledged < 1000 || r.Unknown < 100 || r.Refused < 100 || r.Reads < 500 || r.Deliveries < 5000 || c.resets == 0 {
			t.Errorf("seed %d: too little happened: %s, %d resets", seed, r.Counts, c.resets)
		}
	}
}

// burst has somebody send more than anybody can catch up on.
func (c *chat) burst(p *person) {
	for p.on == nil {
		c.enter(p)
	}
	for range 1100 {
		c.texts++
		s := &sending{p.Invoke(Change{Channel: "general", Nonce: fmt.Sprint("n", c.texts), Text: fmt.Sprint("text ", c.texts)}), fmt.Sprint("text ", c.texts)}
		s.Sent(p.on)
		c.channels["general"].commit(s)
	}
}

// A channel may have had messages before; what becomes of these is judged too.
func TestGiven(t *testing.T) {
	again := func(seed uint64) *chat {
		c := newChat(chance(seed))
		c.play(300)
		for _, p := range c.people {
			c.drop(p)
		}
		c.History = New()
		for channel, messages := range c.final() {
			c.Given(channel, messages)
		}
		for _, p := range c.people {
			p.Session, p.open = c.Session(p.user, p.name), nil
		}
		c.lines = nil
		c.play(300)
		return c
	}
	for seed := range uint64(50) {
		c := again(seed)
		if err := c.Check(c.final()).Err(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	c := again(0)
	final := c.final()
	final["dev"] = final["dev"][1:]
	if r := c.Check(final); r.Found[Gone] == 0 {
		t.Errorf("the first message is gone: %v", r.Err())
	}
}
