package nats

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"
)

// quiet is how long the same kind of line is not said again: a replica with wrong
// credentials tries for ever.
const quiet = time.Minute

// logger takes what the embedded server says. Its notices are for debugging here.
type logger struct {
	log *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	said map[string]time.Time // by line without its numbers
}

// maxKinds bounds how many kinds of lines are remembered; then all are forgotten.
const maxKinds = 500

// numbers are what differs in a line that is said again: ports, ids of connections.
var numbers = regexp.MustCompile(`[0-9]+`)

func newLogger(log *slog.Logger) *logger {
	return &logger{log: log, now: time.Now, said: make(map[string]time.Time)}
}

func (l *logger) Noticef(format string, v ...any) { l.say(slog.LevelDebug, fmt.Sprintf(format, v...)) }
func (l *logger) Debugf(format string, v ...any)  { l.say(slog.LevelDebug, fmt.Sprintf(format, v...)) }
func (l *logger) Tracef(string, ...any)           {}
func (l *logger) Errorf(format string, v ...any)  { l.once(slog.LevelWarn, format, v) }
func (l *logger) Fatalf(format string, v ...any)  { l.once(slog.LevelError, format, v) }

// Warnf leaves out that passwords are not hashed: they come from a file, and are not
// kept in another.
func (l *logger) Warnf(format string, v ...any) {
	if !strings.HasPrefix(format, "Plaintext passwords detected") {
		l.once(slog.LevelWarn, format, v)
	}
}

// once says a line unless one of its kind was said within the last minute.
func (l *logger) once(level slog.Level, format string, v []any) {
	now, line := l.now(), fmt.Sprintf(format, v...)
	kind := numbers.ReplaceAllString(line, "")
	l.mu.Lock()
	last, said := l.said[kind]
	again := !said || now.Sub(last) >= quiet
	if again {
		if len(l.said) >= maxKinds {
			clear(l.said)
		}
		l.said[kind] = now
	}
	l.mu.Unlock()
	if again {
		l.say(level, line)
	}
}

func (l *logger) say(level slog.Level, line string) {
	l.log.Log(context.Background(), level, "the bus says", "line", line)
}
