package commits

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMeasure(t *testing.T) {
	set := mongodtest.Start(t, Members)
	turns, err := measure(t.Context(), Config{Messages: 5001, Turns: 2}, set.URI())
	if err != nil {
		t.Fatal(err)
	}
	if len(turns) != 2 {
		t.Fatalf("%d turns", len(turns))
	}
	for i, turn := range turns {
		if turn.Messages != 10_000 || turn.BareRate() <= 0 || turn.EngineRate() <= 0 {
			t.Errorf("turn %d: %+v", i, turn)
		}
	}
}

func TestMeasureShared(t *testing.T) {
	set := mongodtest.Start(t, Members)
	turns, err := measureShared(t.Context(), Config{Messages: 1, Turns: 1}, set.URI(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(turns) != 1 || turns[0].Messages != slice || turns[0].OneRate() <= 0 || turns[0].SeveralRate() <= 0 {
		t.Errorf("%+v", turns)
	}
}

func TestNoMongod(t *testing.T) {
	t.Setenv("PARLEY_MONGOD", "/does/not/exist")
	dir := t.TempDir()
	if _, err := Measure(t.Context(), Config{Messages: 1, Turns: 1, TmpDir: dir}); !errors.Is(err, ErrNoMongod) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// skewed is a store whose log jumps: what the engine says of revs is not believed.
type skewed struct {
	channel.Store
	mu   sync.Mutex
	tail int64
}

func (s *skewed) Channel(context.Context, string) (chat.Channel, error) {
	return chat.Channel{Name: chat.General}, nil
}

func (s *skewed) Tail(context.Context, string) (chat.Tail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return chat.Tail{Rev: s.tail}, nil
}

func (s *skewed) Unprojected(context.Context, string, int64) ([]chat.Entry, error) { return nil, nil }

func (s *skewed) Lookup(context.Context, []string) ([]chat.Entry, error) { return nil, nil }

func (s *skewed) Append(context.Context, []chat.Entry) error { return nil }

func TestSharedRevsAreChecked(t *testing.T) {
	two := engineOf(nil, nil)
	if err := two.check([]int64{2, 1, 3}, 3); err != nil {
		t.Errorf("replicas' acknowledgements overtake each other: %v", err)
	}
	for _, revs := range [][]int64{{4, 6}, {5, 5}, {9}} {
		if err := engineOf(nil, nil).check(revs, len(revs)); err == nil {
			t.Errorf("took the revs %d for a whole log", revs)
		}
	}
}

func TestWrongRevsAreNoResult(t *testing.T) {
	e := newEngine(&skewed{tail: 5}) // the first rev is 6, and 1 to 5 nobody saw
	defer func() {
		if err := e.close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if err := e.commit(t.Context(), e.changes(newNonces(), 10)); err == nil {
		t.Error("took revs that start at 6 for a whole log")
	}
	if err := e.commit(t.Context(), e.changes(newNonces(), 10)); err != nil {
		t.Errorf("the next ten are in order: %v", err)
	}
}
