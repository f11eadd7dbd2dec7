package mongodb_test

import (
	"context"
	"strings"
	"testing"

	"github.com/parley-chat/parley/chatserver/store/mongodb"
)

// Each uri has the password "hunter2", whole or cut by what should have been
// percent-encoded, and no server behind it.
func TestErrorsDoNotContainThePassword(t *testing.T) {
	for _, uri := range []string{
		"mongodb://anna:hunter2@",
		"mongodb://anna:hunter2",
		"mongodb://anna:hunter2/parley",
		"mongodb://anna:hunter2@host:70000/",
		"mongodb://anna:hunter2@host:port/",
		"mongodb://anna:hun/ter2@host/",
		"mongodb://anna:hun@ter2@host/",
		"mongodb://anna:hun:ter2@host/",
		"mongodb://anna:hun%ter2@host/",
		"mongodb://anna:hunter2%zz@host/",
		"mongodb://anna:hunter2%21@host:70000/",
		"mongodb://hunter2@host:hunter2/",
		"mongodb://:hunter2@host/",
		"mongodb://anna:hunter2@host/?w=many&w=few&tls=perhaps",
		"mongodb://anna:hunter2@host/?authMechanism=NONE-SUCH",
		"mongodb://anna:hunter2@host/?tlsCertificateKeyFile=none&tlsCertificateKeyFilePassword=hunter2",
		"mongodb+srv://anna:hunter2@localhost/",
		"mongodb+srv://anna:hunter2@one,two/",
		"postgres://anna:hunter2@host/",
		"anna:hunter2@host",
		"mongodb:/anna:hunter2@host",
		"hunter2",
	} {
		text := refused(t, uri, mongodb.ErrURI)
		for _, part := range []string{"hunter2", "hun/", "hun@", "hun:", "ter2", "anna", "%te", "%zz"} {
			if strings.Contains(text, part) {
				t.Errorf("%s: %q is in %q", uri, part, text)
			}
		}
	}
}

func TestErrorsSayWhatIsWrongWithTheURI(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://anna:hunter2@host/?tls=perhaps":        "tls",
		"mongodb://anna:hunter2@host/?directConnection=7": "directConnection",
		"mongodb://anna:hunt%er@host/":                    "percent-encoded",
	} {
		if text := refused(t, uri, mongodb.ErrURI); !strings.Contains(text, want) {
			t.Errorf("%s: %q does not say %q", uri, text, want)
		}
	}
}

// A password that the server refuses is not in the error either.
func TestWrongPassword(t *testing.T) {
	set := shared.ReplicaSet(t, 3)
	uri := strings.Replace(set.URI(), "mongodb://", "mongodb://anna:hunter2@", 1)
	_, err := mongodb.Open(context.Background(), uri)
	if err == nil {
		t.Fatal("no error")
	}
	if text := err.Error(); !strings.Contains(text, "auth") || strings.Contains(text, "hunter2") {
		t.Errorf("got %q, want one about authentication without the password", text)
	}
}
