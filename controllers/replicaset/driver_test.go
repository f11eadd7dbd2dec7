package replicaset

import (
	"errors"
	"net"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

func TestDriver(t *testing.T) {
	t.Parallel()
	desired := wanted(1)
	set := mongodtest.StartMembers(t, 1, desired.KeyFile)
	now := time.Now()
	d := NewDriver()
	d.now = func() time.Time { return now }
	defer d.Close()
	dial := func(as Login) *driverConn {
		t.Helper()
		c, err := d.Dial(t.Context(), Address{Host: set.Address(0)}, as)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		return c.(*driverConn)
	}

	first := dial(desired.asSystem())
	if dial(desired.asSystem()).kept != first.kept {
		t.Error("a connection was not used again")
	}
	if dial(Login{}).kept == first.kept {
		t.Error("nobody got the connection of somebody")
	}
	now = now.Add(keepFor + time.Second)
	second := dial(desired.asSystem())
	if second.kept == first.kept {
		t.Error("an old connection was used again")
	}

	for name, as := range map[string]Login{
		"no such user":     desired.asOperator(),
		"a wrong keyFile":  {Source: "local", Name: "__system", Password: "b3RoZXI="},
		"a wrong database": {Source: "admin", Name: "__system", Password: Keys(desired.KeyFile)[0]},
	} {
		if _, err := d.Dial(t.Context(), Address{Host: set.Address(0)}, as); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}

	// One in use goes on when the others are gone.
	used, err := d.Dial(t.Context(), Address{Host: set.Address(0)}, desired.asSystem())
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	var reply bson.D
	if err := used.Run(t.Context(), bson.D{{Key: "ping", Value: 1}}, &reply); err != nil {
		t.Error(err)
	}
	used.Close()
	if dial(desired.asSystem()).kept == second.kept {
		t.Error("what was closed is still there")
	}

	// A member that was restarted, and one that says nothing.
	if err := errors.Join(set.KillMember(0), set.StartMember(t.Context(), 0)); err != nil {
		t.Fatal(err)
	}
	dial(desired.asSystem())
	if err := set.PauseMember(0); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if _, err := d.Dial(t.Context(), Address{Host: set.Address(0)}, desired.asSystem()); err == nil || errors.Is(err, ErrRefused) || time.Since(started) > 3*dialTimeout {
		t.Errorf("%v after %v", err, time.Since(started))
	}
	if err := set.ResumeMember(0); err != nil {
		t.Fatal(err)
	}
}

// TestNobodyListens: the driver alone would try until its time is over.
func TestNobodyListens(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	d := NewDriver()
	defer d.Close()
	started := time.Now()
	if _, err := d.Dial(t.Context(), Address{Host: address}, Login{}); err == nil || errors.Is(err, ErrRefused) || time.Since(started) > dialTimeout/2 {
		t.Errorf("%v after %v", err, time.Since(started))
	}
}
