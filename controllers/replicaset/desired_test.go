package replicaset

import (
	"strings"
	"testing"
)

func TestURI(t *testing.T) {
	d := wanted(3)
	d.Server.Password = "p@ss/w:rd %"
	const want = "mongodb://chat:p%40ss%2Fw%3Ard%20%25@m0:1,m1:1,m2:1/parley?authSource=admin&replicaSet=rs"
	if got := d.URI(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecrets(t *testing.T) {
	key := NewKeyFile()
	if problem := keyFileProblem(key); problem != "" || len(key) != 1008 || key == NewKeyFile() {
		t.Errorf("%d characters: %s", len(key), problem)
	}
	if p := NewPassword(); len(p) != 32 || p == NewPassword() {
		t.Errorf("%q", p)
	}
	for _, bad := range []string{"", "short", strings.Repeat("a", 1025), "- one\n- two", "umlautä", "- oneoneone\n- twotwotwo\n- three333"} {
		if keyFileProblem(bad) == "" {
			t.Errorf("%q is a keyFile", bad)
		}
	}
	both := AddKey(key + "\n")
	if keys := Keys(both); keyFileProblem(both) != "" || len(keys) != 2 || keys[0] != key || keys[1] == key || DropKey(both) != keys[1] {
		t.Errorf("%q", both)
	}
	if keys := Keys("c2Vj\n cmV0\n"); len(keys) != 1 || keys[0] != "c2VjcmV0" {
		t.Errorf("%q", keys)
	}
}
