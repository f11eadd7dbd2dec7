package crowd_test

import (
	"path/filepath"
	"testing"

	"github.com/parley-chat/parley/e2e/crowd"
	"github.com/parley-chat/parley/e2e/process"
)

// A crowd goes on over a server that is killed and started again, in a channel where
// something has been said before; and so does the next one.
func TestCrowd(t *testing.T) {
	t.Parallel()
	program, err := process.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var addresses process.Addresses
	address, store := addresses.Free(t), "sqlite:"+filepath.Join(t.TempDir(), "chat.db")
	start := func() *process.Server {
		s, err := process.Start(t, program, store, "--listen", address)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start()
	for _, name := range []string{"first", "second"} {
		c := crowd.Gather(t, t.Logf, name, "http://"+address+"/api/v1/channels/general/messages", map[string]string{"its port": "ws://" + address + "/chat"})
		c.GoOn(100)
		s.Kill()
		s = start()
		c.GoOn(100)
		if c.SayAway() == 0 {
			t.Error("nobody has been away")
		}
		c.Leave()
	}
}
