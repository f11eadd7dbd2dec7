package program_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/e2e/process"
)

// One replica of two loses the database. People on it go on hearing and, by way of the
// other, saying things; people on the other notice nothing, though some channels belonged
// to the replica that cannot commit. Once the database is back all have one log.
func TestReplicaWithoutItsStore(t *testing.T) {
	t.Parallel()
	set := shared.mongo.ReplicaSet(t, members)
	store := newMongoDB(t, set)
	primary, err := set.Primary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	member, err := url.Parse(set.MemberURI(primary))
	if err != nil {
		t.Fatal(err)
	}
	line, err := process.NewCable(t, member.Host, process.Options{})
	if err != nil {
		t.Fatal(err)
	}
	database := strings.Split(strings.SplitN(store, "?", 2)[0], "/")[3]
	c := newClusterOver(t, store, 1)
	healthy := c.replicas[0]
	cutOff := c.addOver(fmt.Sprintf("mongodb://%s/%s?directConnection=true&serverSelectionTimeoutMS=2000", line.Addr(), database))
	cutOff.ErrorsExpected, healthy.ErrorsExpected = true, true

	const rooms = 6 // so that either owns some
	here, there := cutOff.member(t, "here"), healthy.member(t, "there")
	channels := make([]string, rooms)
	for i := range channels {
		channels[i] = strings.ToLower("c" + nonce())
		there.want("joined", request{"type": "create", "channel": channels[i]})
		here.want("joined", request{"type": "join", "channel": channels[i]})
		there.post(channels[i], "before")
		here.post(channels[i], "before too")
	}
	line.Set(process.Cut)
	for _, channel := range channels {
		if f := there.request(posting(channel, nonce(), "from there")); f.Type != "ack" {
			t.Errorf("on the healthy replica: %s", f.raw)
		}
	}
	said := 0
	var again []request
	for _, channel := range channels {
		r := posting(channel, nonce(), "from here")
		switch f := here.request(r); {
		case f.Type == "ack":
			said++
		case f.Code == "unavailable" && f.Retry:
			again = append(again, r)
		default:
			t.Errorf("on the replica without its store: %s", f.raw)
		}
	}
	if said == 0 {
		t.Error("nothing could be said by way of the other replica")
	}
	line.Set(process.Whole)
	for _, r := range again {
		eventually(t, "it is taken now", answerLimit, func() bool { return here.request(r).Type == "ack" })
	}
	for _, s := range c.replicas {
		for _, channel := range channels {
			eventually(t, "the log is whole", answerLimit, func() bool { return len(s.history(t, channel)) == 4 })
		}
	}
	for who, client := range map[string]*client{"here": here, "there": there} {
		if err := hearsAll(client, channels, 4); err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
}

// hearsAll reads until everything has come in each channel, and wants each rev once and
// in turn.
func hearsAll(c *client, channels []string, each int64) error {
	revs := make(map[string]int64)
	for done := 0; done < len(channels); {
		f, err := c.next()
		if err != nil {
			return err
		}
		if f.Type != "message" {
			continue
		}
		if f.Rev != revs[f.Channel.Name]+1 {
			return fmt.Errorf("rev %d after %d", f.Rev, revs[f.Channel.Name])
		}
		if revs[f.Channel.Name] = f.Rev; f.Rev == each {
			done++
		}
	}
	return nil
}

// A replica that dies is left out of what the others count, a few seconds later.
func TestPresenceOfReplicas(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	for i, s := range c.replicas {
		for n := range i + 1 {
			s.member(t, fmt.Sprintf("member-%d-%d", i, n))
		}
	}
	counts := func(s *server) string {
		m := s.metrics(t)
		return fmt.Sprintf("%v replicas, %v clients", m["chatapp_replicas"], m["chatapp_installation_clients"])
	}
	for _, s := range c.replicas {
		eventually(t, "all are counted", answerLimit, func() bool { return counts(s) == "3 replicas, 6 clients" })
	}
	c.remove(2).Kill()
	for _, s := range c.replicas {
		eventually(t, "the dead are left out", answerLimit, func() bool { return counts(s) == "2 replicas, 3 clients" })
	}
	c.remove(1).stop()
	eventually(t, "who left is left out", answerLimit, func() bool { return counts(c.replicas[0]) == "1 replicas, 1 clients" })
}

// Of two spellings of one name on two replicas the one that was there first stays.
func TestNamesOverReplicas(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	first := c.replicas[0].member(t, "anna")
	second, _ := c.replicas[1].hello(t, "Anna", "", nil)
	if f, err := second.end(); err != nil || f.Code != 4202 || f.Reason.Code != "name_taken" {
		t.Errorf("closed with %+v, %v", f, err)
	}
	first.alive()
}

// More than may connect at once come back when they were told to, and all get in.
func TestPaceOfConnecting(t *testing.T) {
	t.Parallel()
	const come = 60
	s := start(t, "sqlite:"+t.TempDir()+"/chat.db", "--accept-rate", "20")
	var refused atomic.Int64
	var all errgroup.Group
	for i := range come {
		all.Go(func() error {
			for end := time.Now().Add(answerLimit); time.Now().Before(end); {
				c, _, err := s.enter(fmt.Sprint("member", i), "", nil)
				if err == nil {
					t.Cleanup(c.cut)
					return nil
				}
				refused.Add(1)
				time.Sleep(time.Second)
			}
			return errors.New("never got in")
		})
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	paced := s.metrics(t)[`chatapp_upgrades_refused_total{reason="pace"}`]
	if paced < come/3 || paced != float64(refused.Load()) {
		t.Errorf("%v refused, %d saw it", paced, refused.Load())
	}
}
