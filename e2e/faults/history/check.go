package history

import (
	"cmp"
	"maps"
	"slices"
)

// Check decides whether the history is that of one log per channel. final holds all
// messages of every channel by seq, read from the store after everybody was quiet and
// every connection that has not ended was told everything.
func (h *History) Check(final map[string][]Message) *Report {
	defer h.hold()()
	r := &Report{Found: map[Breach]int{}}
	judges := map[string]*judge{}
	of := func(channel string) *judge {
		if judges[channel] == nil {
			judges[channel] = &judge{report: r, channel: channel}
		}
		return judges[channel]
	}
	for channel, messages := range final {
		of(channel).final = messages
	}
	for channel, messages := range h.given {
		of(channel).given = messages
	}
	h.told.mu.Lock()
	for channel, table := range h.told.channels {
		table.mu.Lock()
		of(channel).tellings = maps.Clone(table.revs)
		table.mu.Unlock()
	}
	h.told.mu.Unlock()
	for _, s := range h.sessions {
		s.gather(&r.Counts, of)
	}
	for _, channel := range slices.Sorted(maps.Keys(judges)) {
		judges[channel].judge()
	}
	return r
}

// hold keeps everybody from recording.
func (h *History) hold() (release func()) {
	h.mu.Lock()
	for _, s := range h.sessions {
		s.mu.Lock()
	}
	return func() {
		for _, s := range h.sessions {
			s.mu.Unlock()
		}
		h.mu.Unlock()
	}
}

// gather counts what a session did, and gives it to the judges. The lock is held.
func (s *Session) gather(c *Counts, of func(string) *judge) {
	c.Connections += len(s.connections)
	c.Operations += len(s.operations)
	for _, o := range s.operations {
		switch o.outcome() {
		case acknowledged:
			c.Acknowledged++
		case failed:
			c.Refused++
		case unknown:
			c.Unknown++
		}
		j := of(o.channel)
		j.operations = append(j.operations, o)
	}
	channels := map[string]bool{}
	for _, connection := range s.connections {
		for channel := range connection.steps {
			channels[channel] = true
		}
	}
	for channel := range channels {
		j := of(channel)
		j.sessions = append(j.sessions, s)
	}
}

// judge decides about one channel.
type judge struct {
	report     *Report
	channel    string
	final      []Message
	given      []Message
	operations []*Operation
	sessions   []*Session // that were told anything
	tellings   map[int64][]telling
	log        *log
}

func (j *judge) judge() {
	slices.SortFunc(j.operations, func(a, b *Operation) int { return cmp.Compare(a.invoked.turn, b.invoked.turn) })
	j.log = newLog(j)
	j.checkOperations()
	j.log.close()
	j.checkTellings()
	j.checkWalks()
	j.checkPages()
	j.checkOrder()
	j.checkRegister()
}

// blame notes a violation, with the facts that show it if it is one of the first.
func (j *judge) blame(breach Breach, rev int64, what string, facts ...[]fact) {
	j.report.Found[breach]++
	if j.report.Found[breach] <= shown {
		j.report.Violations = append(j.report.Violations, Violation{
			Breach: breach, Channel: j.channel, Rev: rev, What: what, Window: window(slices.Concat(facts...))})
	}
}
