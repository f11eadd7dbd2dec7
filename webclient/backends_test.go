package webclient

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// three gives three backends and the clock that they go by.
func three(t *testing.T) (*backends, *time.Time) {
	t.Helper()
	now := time.Unix(1, 0)
	b := newBackends([]string{"server:80"}, discard())
	b.now = func() time.Time { return now }
	b.list("server:80", "80", []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("::ffff:10.0.0.3")})
	return b, &now
}

func TestTheFewestConnectionsWin(t *testing.T) {
	b, _ := three(t)
	count := map[string]int{}
	var used []*backend
	for range 9 {
		one := b.take(nil)
		used = append(used, one)
		count[one.address]++
	}
	if diff := cmp.Diff(map[string]int{"10.0.0.1:80": 3, "10.0.0.2:80": 3, "10.0.0.3:80": 3}, count); diff != "" {
		t.Error(diff)
	}
	for _, one := range used[1:3] {
		b.free(one)
	}
	free := []string{used[1].address, used[2].address}
	for range 2 {
		if one := b.take(nil); !slices.Contains(free, one.address) {
			t.Errorf("%s is taken, which has more connections than %v", one.address, free)
		}
	}
}

func TestEveryOneIsTriedOnce(t *testing.T) {
	b, _ := three(t)
	var tried []*backend
	for range 3 {
		one := b.take(tried)
		if one == nil || slices.Contains(tried, one) {
			t.Fatalf("%v after %v", one, tried)
		}
		tried = append(tried, one)
	}
	if one := b.take(tried); one != nil {
		t.Errorf("%v is tried again", one)
	}
}

func TestPassedOverForAMoment(t *testing.T) {
	b, now := three(t)
	bad := b.take(nil)
	b.free(bad)
	b.passOver(bad, "refused")
	for range 6 {
		if one := b.take(nil); one == bad {
			t.Fatal("taken at once")
		}
	}
	*now = now.Add(firstMoment)
	if one := b.take(nil); one != bad {
		t.Error("not taken after its moment, though it has the fewest connections")
	}
	// The moment grows, up to a limit, and one success makes it short again.
	for _, want := range []time.Duration{2, 4, 8, 8} {
		b.passOver(bad, "refused")
		if got := bad.until.Sub(*now); got != want*time.Second {
			t.Errorf("passed over for %v, want %v s", got, want)
		}
	}
	b.works(bad)
	b.passOver(bad, "refused")
	if got := bad.until.Sub(*now); got != firstMoment {
		t.Errorf("passed over for %v after it worked", got)
	}
}

// Where all are passed over the one whose moment ends first is tried: a lone backend
// would be out of reach otherwise.
func TestAllPassedOver(t *testing.T) {
	b, now := three(t)
	first := b.take(nil)
	b.passOver(first, "refused")
	*now = now.Add(10 * time.Millisecond)
	for range 2 {
		b.passOver(b.take(nil), "refused")
	}
	if one := b.take(nil); one != first {
		t.Errorf("%v is tried, want %v", one, first)
	}
}

func TestNamesAreLookedUpAgain(t *testing.T) {
	b := newBackends([]string{"server:80", "10.0.0.9:81"}, discard())
	answer, fails := []netip.Addr{netip.MustParseAddr("10.0.0.1")}, error(nil)
	b.lookup = func(context.Context, string) ([]netip.Addr, error) { return answer, fails }
	is := func(want ...string) {
		t.Helper()
		b.refresh(t.Context())
		var got []string
		for _, one := range b.listed {
			got = append(got, one.address)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	is("10.0.0.1:80", "10.0.0.9:81")
	old := b.known["10.0.0.1:80"]
	old.open++
	answer = []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	is("10.0.0.2:80", "10.0.0.9:81")
	fails = errors.New("no such host")
	is("10.0.0.2:80", "10.0.0.9:81")
	if b.known["10.0.0.1:80"] != old {
		t.Error("one that still has a connection is forgotten")
	}
	b.free(old)
	if len(b.known) != 2 {
		t.Errorf("%d are known, though 2 are left", len(b.known))
	}
}

func TestLookingEnds(t *testing.T) {
	b := newBackends([]string{"server:80"}, discard())
	looks := make(chan struct{}, 100)
	b.lookup = func(context.Context, string) ([]netip.Addr, error) {
		looks <- struct{}{}
		return nil, errors.New("no such host")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); b.look(ctx) }()
	<-looks
	b.passOver(&backend{}, "refused") // which makes it look before its time
	select {
	case <-looks:
	case <-time.After(lookEvery - 100*time.Millisecond):
		t.Error("a failure does not lead to a look")
	}
	stop()
	<-ended
}
