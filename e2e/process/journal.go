package process

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// journal keeps what a program wrote to its standard error, line by line.
type journal struct {
	mu      sync.Mutex
	lines   []string
	rest    []byte
	changed chan struct{} // closed and replaced with every line
}

func newJournal() *journal { return &journal{changed: make(chan struct{})} }

// Write takes whole and broken lines.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rest = append(j.rest, p...)
	for {
		line, rest, ok := bytes.Cut(j.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		j.lines = append(j.lines, string(line))
		j.rest = append([]byte(nil), rest...)
		close(j.changed)
		j.changed = make(chan struct{})
	}
}

// text gives all lines, and the channel that is closed when there are more.
func (j *journal) text() (lines []string, more <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.lines...), j.changed
}

// tail is the end of a text, for people.
func tail(lines []string) string { return strings.Join(lines[max(0, len(lines)-40):], "\n") }

// entry is a line of the log in JSON.
type entry struct {
	Level, Msg       string
	Chat, Admin, Bus string // of "serving"
}

// find gives the first entry that says msg.
func find(lines []string, msg string) (entry, bool) {
	for _, line := range lines {
		var e entry
		if json.Unmarshal([]byte(line), &e) == nil && e.Msg == msg {
			return e, true
		}
	}
	return entry{}, false
}

// alarms gives the lines that no healthy server writes: data races, panics and,
// unless they are expected, errors.
func alarms(lines []string, errorsExpected bool) []string {
	var found []string
	for _, line := range lines {
		var e entry
		isEntry := json.Unmarshal([]byte(line), &e) == nil
		switch {
		case isEntry && e.Level == "ERROR" && !errorsExpected,
			strings.Contains(line, "DATA RACE"),
			!isEntry && strings.HasPrefix(line, "panic:"),
			!isEntry && strings.HasPrefix(line, "fatal error:"):
			found = append(found, line)
		}
	}
	return found
}
