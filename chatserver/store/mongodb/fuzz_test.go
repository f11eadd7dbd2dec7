package mongodb

import (
	"errors"
	"strings"
	"testing"
)

// FuzzURI: no error about a URI holds the password in it, however it is written. Those
// of mongodb+srv are left out, since reading them asks a name server.
func FuzzURI(f *testing.F) {
	const password = "hunter2Zq8"
	for _, seed := range []string{
		"@host/", "@host:70000/", "", "/parley", "%zz@host/", "@host/?w=many&tls=perhaps", "@host/?authMechanism=NONE-SUCH", "@a,b/?replicaSet=rs&directConnection=true", "#@host", "%21@[::1",
	} {
		f.Add("anna:", seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, password) || strings.Contains(strings.ToLower(before+after), "file") {
			return // no file of this machine is read
		}
		_, database, err := parse("mongodb://" + before + password + after)
		switch {
		case err == nil && database == "":
			t.Error("no database")
		case err != nil && (!errors.Is(err, ErrURI) || strings.Contains(err.Error(), password) && !asOption(before)):
			t.Errorf("shown: %v", err)
		}
	})
}

// asOption tells whether what follows is the value of an option that is no secret, or
// the name of a database.
func asOption(before string) bool {
	return strings.ContainsAny(before, "/?")
}
