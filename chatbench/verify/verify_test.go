package verify

import (
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReceiver(t *testing.T) {
	for _, test := range []struct {
		name string
		revs []int64
		tail int64
		want Tally // Deliveries: those in turn
	}{
		{"all in turn", []int64{1, 2, 3}, 3, Tally{Deliveries: 3}},
		{"nothing at all", nil, 3, Tally{Lost: 3}},
		{"one dropped", []int64{1, 3}, 3, Tally{Deliveries: 2, Lost: 1}},
		{"the end dropped", []int64{1, 2}, 4, Tally{Deliveries: 2, Lost: 2}},
		{"the start dropped", []int64{3}, 3, Tally{Deliveries: 1, Lost: 2}},
		{"doubled at once", []int64{1, 1, 2}, 2, Tally{Deliveries: 2, Doubled: 1}},
		{"doubled later", []int64{1, 2, 3, 1}, 3, Tally{Deliveries: 3, Doubled: 1}},
		{"two swapped", []int64{1, 3, 2, 4}, 4, Tally{Deliveries: 3, Reordered: 1}},
		{"the middle of a gap comes late", []int64{1, 6, 4}, 6, Tally{Deliveries: 2, Reordered: 1, Lost: 3}},
		{"late and doubled", []int64{3, 1, 1}, 3, Tally{Deliveries: 1, Reordered: 1, Doubled: 1, Lost: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := feed(test.revs, test.tail); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func feed(revs []int64, tail int64) Tally {
	var r Receiver
	var tally Tally
	for _, rev := range revs {
		if r.Observe(rev, &tally) {
			tally.Deliveries++
		}
	}
	r.Settle(tail, &tally)
	return tally
}

// Whatever arrives, the tally is that of a plain set: lost is what never came,
// doubled what came again, and nothing is counted twice.
func TestReceiverAgainstASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const tail = 12
		revs := rapid.SliceOfN(rapid.Int64Range(1, tail), 0, 40).Draw(t, "revs")
		seen, last := map[int64]bool{}, int64(0)
		var want Tally
		for _, rev := range revs {
			switch {
			case seen[rev]:
				want.Doubled++
			case rev < last:
				want.Reordered++
			default:
				want.Deliveries++
			}
			seen[rev] = true
			last = max(last, rev)
		}
		want.Lost = int64(tail - len(seen))
		if got := feed(revs, tail); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestReceiverGoesOnAfterSettling(t *testing.T) {
	var tally Tally
	r := NewReceiver(10)
	r.Observe(11, &tally)
	r.Observe(13, &tally)
	if r.Complete(13) {
		t.Error("complete with rev 12 missing")
	}
	r.Settle(14, &tally)
	if !r.Complete(14) || tally.Lost != 2 {
		t.Errorf("after settling: complete %t, %+v", r.Complete(14), tally)
	}
	if !r.Observe(15, &tally) || r.Last() != 15 {
		t.Error("rev 15 is not in turn after settling at 14")
	}
}

func TestLedger(t *testing.T) {
	l := NewLedger(100)
	for _, step := range []struct {
		name    string
		rev     int64
		message uint64
		want    bool
	}{
		{"first sight", 101, 7, true},
		{"seen again by another", 101, 7, true},
		{"another message at that rev", 101, 8, false},
		{"that message at another rev", 102, 7, false},
		{"the next", 102, 9, true},
		{"before the first", 99, 5, true},
		{"between", 100, 6, true},
		{"still the same after growing in front", 102, 9, true},
		{"no number", 103, 0, false},
		{"a nonsensical rev", 1 << 60, 10, false},
		{"a nonsensical rev the other way", -1 << 60, 10, false},
	} {
		if got := l.Agree(step.rev, step.message); got != step.want {
			t.Errorf("%s: %t, want %t", step.name, got, step.want)
		}
	}
	if l.Tail() != 102 || l.Place(9) != 102 || l.Place(10) != 0 {
		t.Errorf("tail %d, place of 9 %d, place of 10 %d", l.Tail(), l.Place(9), l.Place(10))
	}
}
