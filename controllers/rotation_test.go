package controllers

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// TestRotateKeyFile: two steps for a request, and none without one. A step that is taken
// twice over the same Secret, by an operator that was killed, does no harm.
func TestRotateKeyFile(t *testing.T) {
	old := replicaset.NewKeyFile()
	s := &corev1.Secret{Data: map[string][]byte{desired.KeyFileKey: []byte(old)}}
	keys := func() []string { return replicaset.Keys(string(s.Data[desired.KeyFileKey])) }
	if what := rotateKeyFile(s, ""); what != "" || keys()[0] != old {
		t.Fatalf("nobody asked: %s", what)
	}
	if what := rotateKeyFile(s, "one"); what == "" || len(keys()) != 2 || keys()[0] != old {
		t.Fatalf("%s: %v", what, keys())
	}
	added := keys()[1]
	// Another request in between: the first one is brought to its end.
	if what := rotateKeyFile(s, "two"); what == "" || len(keys()) != 1 || keys()[0] != added {
		t.Fatalf("%s: %v", what, keys())
	}
	if what := rotateKeyFile(s, "one"); what != "" || keys()[0] != added {
		t.Fatalf("it is done: %s", what)
	}
	if what := rotateKeyFile(s, "two"); what == "" || len(keys()) != 2 || keys()[0] != added {
		t.Fatalf("%s: %v", what, keys())
	}
}

// TestRotateUsers: servers alternate between two users, and nothing happens while the last
// one is still there.
func TestRotateUsers(t *testing.T) {
	s := &corev1.Secret{Data: map[string][]byte{desired.ServerPasswordKey: []byte("a"), desired.OperatorPasswordKey: []byte("b")}}
	first := desired.ServerUserOf(s.Data)
	if what := rotateUsers(s, "one"); what == "" || desired.ServerUserOf(s.Data) == first || string(s.Data[desired.RetiredUserKey]) != first {
		t.Fatalf("%s: %v", what, s.Data)
	}
	if string(s.Data[desired.ServerPasswordKey]) == "a" || string(s.Data[desired.OperatorPasswordKey]) == "b" {
		t.Error("a password is as it was")
	}
	second := desired.ServerUserOf(s.Data)
	if what := rotateUsers(s, "two"); what != "" || desired.ServerUserOf(s.Data) != second {
		t.Fatalf("servers still use the one of before: %s", what)
	}
	delete(s.Data, desired.RetiredUserKey)
	if what := rotateUsers(s, "two"); what == "" || desired.ServerUserOf(s.Data) != first {
		t.Fatalf("%s: %v", what, s.Data)
	}
}
