package mutations

import "github.com/parley-chat/parley/e2e/faults/history"

// setting is a server under which a line of safety matters, and the servers that lack it.
// The first itself keeps every promise.
type setting struct {
	name    string
	program program
	mutants []mutant
}

// mutant lacks a line of safety.
type mutant struct {
	name  string
	edits program
	shows []history.Breach // one of which it must show
}

const (
	commitFile  = "chatserver/channel/commit.go"
	deliverFile = "chatserver/channel/deliver.go"
	schemaFile  = "chatserver/store/mongodb/schema.go"
)

var settings = []setting{
	{"as it ships", nil, []mutant{
		{"acknowledges before it commits", program{{
			commitFile, "\terr = c.hub.store.Append(callCtx, entries)\n", `
	for i, e := range entries {
		batch[i].Done(placeOf(e), nil)
		batch[i].Done = func(Committed, error) {}
	}
	err = c.hub.store.Append(callCtx, entries)
`}}, []history.Breach{history.Stale, history.Gone}},
		{"subscribes after the snapshot", program{{
			"chatserver/channel/join.go", "\ts := &Subscription{channel: c, listener: l, index: len(d.listeners)}\n", `
	d.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	d.mu.Lock()
	s := &Subscription{channel: c, listener: l, index: len(d.listeners)}
`}}, []history.Breach{history.Lost}},
		{"does not look for a nonce", program{{
			"chatserver/channel/confirm.go", "\t\t\tp.followed.event(eventRecognised, e.Rev)\n\t\t\tc.done(p, placeOf(e), nil)\n", `
			p.id += "-again"
			left = append(left, p)
`}}, []history.Breach{history.Doubled}},
		{"does not project edits", program{{
			commitFile, "\tc.unprojected(changedStates(entries))\n", "",
		}}, []history.Breach{history.Stale, history.Gone}},
		{"tells before the history shows it", program{{
			commitFile, "\tif err := c.projectAll(ctx); err != nil {\n", `
	c.publish(entries)
	time.Sleep(300 * time.Millisecond)
	if err := c.projectAll(ctx); err != nil {
`}}, []history.Breach{history.Stale}},
	}},
	// A channel's changes go to one replica, which nothing rests on: here each commits its own.
	{"every replica commits", program{
		{"chatserver/channel/forward.go", "owner := h.cfg.Peers.Owner(c.info.Name)", `owner := ""`},
	}, []mutant{
		{"does not compare and swap", program{
			{schemaFile, "SetName(byRev).SetUnique(true)", "SetName(byRev)"},
			{schemaFile, "SetName(byMessage).SetUnique(true)", "SetName(byMessage)"},
		}, []history.Breach{history.Doubled, history.Misplaced}},
		{"delivers before it commits", program{{
			commitFile, "\terr = c.hub.store.Append(callCtx, entries)\n", `
	c.hub.bus.Publish(c.info.Name, entries)
	err = c.hub.store.Append(callCtx, entries)
`}}, []history.Breach{history.Wrong, history.Phantom}},
	}},
	// Here it loses, repeats and reorders a tenth each.
	{"a bus that is a bad one", program{
		{"chatserver/bus/local/local.go", "import (\n", "import (\n\t\"math/rand/v2\"\n\t\"time\"\n"},
		{"chatserver/bus/local/local.go", "func (b *Bus) Publish(channel string, entries []chat.Entry) {\n", `
func (b *Bus) Publish(channel string, entries []chat.Entry) {
	switch rand.IntN(10) {
	case 0:
		return
	case 1:
		b.publish(channel, entries)
	case 2:
		time.AfterFunc(10*time.Millisecond, func() { b.publish(channel, entries) })
		return
	}
	b.publish(channel, entries)
}

func (b *Bus) publish(channel string, entries []chat.Entry) {
`},
	}, []mutant{
		{"trusts the bus", program{{
			deliverFile, `		if e.Rev <= d.applied {
			c.hub.metrics.Repairs.WithLabelValues(repairRepeated).Inc()
			continue
		}
		if e.Rev > d.applied+1 {
			break // the repair reads it again, in its place
		}
`, ""}}, []history.Breach{history.Doubled, history.Lost, history.Reordered}},
	}},
}
