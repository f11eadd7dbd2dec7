package desired

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/chatserver/config"
	"github.com/parley-chat/parley/webclient"
)

// TestServersUnderstandTheirEnvironment reads it with their own parser: a variable that is
// renamed there, or a value that they refuse, shows here.
func TestServersUnderstandTheirEnvironment(t *testing.T) {
	in := largest(t)
	in.spec().Server.Log.Level = "debug"
	environment := serverEnvironment(in)
	folder := t.TempDir()
	for variable, content := range map[string]string{"PARLEY_STORE_FILE": in.storeURI(), "PARLEY_BUS_SECRET_FILE": strings.Repeat("x", 48)} {
		path := filepath.Join(folder, variable)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		environment[variable] = path
	}
	got, err := config.Parse(nil, lookup(environment), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got.Store.Reveal() != in.storeURI() || got.Bus.Kind != config.BusEmbedded || got.Bus.Secret.Reveal() == "" ||
		got.Bus.Routes[0] != "sample-peers.chat.svc.cluster.local:6222" || len(got.AllowedOrigins) != 2 ||
		got.Drain != 10*time.Second || got.DrainDelay != 5*time.Second || got.AcceptRate != 400 ||
		got.QueueBytes != 1<<20 || got.LogFormat != "json" || got.LogLevel.String() != "DEBUG" {
		t.Errorf("it is read as %+v", got)
	}
	var help bytes.Buffer
	if _, err := config.Parse([]string{"--help"}, lookup(nil), &help); !errors.Is(err, config.ErrShown) {
		t.Fatal(err)
	}
	known(t, help.String(), environment)
}

func TestClientsUnderstandTheirEnvironment(t *testing.T) {
	environment := clientEnvironment(smallest(t))
	got, err := webclient.Parse(nil, lookup(environment), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Backends) != 1 || got.Backends[0] != "sample.chat.svc.cluster.local:80" || got.LogFormat != "json" {
		t.Errorf("it is read as %+v", got)
	}
	var help bytes.Buffer
	if _, err := webclient.Parse([]string{"--help"}, lookup(nil), &help); !errors.Is(err, webclient.ErrShown) {
		t.Fatal(err)
	}
	known(t, help.String(), environment)
}

func lookup(environment map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { text, ok := environment[name]; return text, ok }
}

// known checks that a program's help has each of the variables.
func known(t *testing.T, help string, environment map[string]string) {
	t.Helper()
	for variable := range environment {
		if !regexp.MustCompile(`\b` + variable + `\b`).MatchString(help) {
			t.Errorf("the program does not know %s", variable)
		}
	}
}

// TestBusNames: an installation's name has at most 64 characters, and tells apart.
func TestBusNames(t *testing.T) {
	in := smallest(t)
	in.Room.Name, in.Room.Namespace = strings.Repeat("a", 40), strings.Repeat("n", 63)
	name := in.busName()
	in.Room.Namespace = "n"
	if len(name) > 64 || name == in.busName() {
		t.Errorf("%s and %s", name, in.busName())
	}
}

// TestGrace: a server gets the time that docs/operations.md says it needs.
func TestGrace(t *testing.T) {
	in := smallest(t)
	in.spec().Server.Drain.Period.Duration = 90*time.Second + time.Millisecond
	server := find(t, in, "Deployment", "sample-server").(*appsv1.Deployment)
	if got := *server.Spec.Template.Spec.TerminationGracePeriodSeconds; got != 5+90+1+35 {
		t.Errorf("%d seconds", got)
	}
}

func TestDigest(t *testing.T) {
	if digest("a", "bc") == digest("ab", "c") || digest("a") == digest("a", "") {
		t.Error("digests do not tell apart")
	}
}

// TestTheDriverUnderstandsTheURI: as the servers do, and whatever signs are in a password.
func TestTheDriverUnderstandsTheURI(t *testing.T) {
	in := smallest(t)
	client := options.Client().ApplyURI(in.storeURI())
	if err := client.Validate(); err != nil {
		t.Fatal(err)
	}
	if client.Auth.Username != serverUser || client.Auth.Password != in.Secrets.ServerPassword || client.Auth.AuthSource != "admin" ||
		*client.ReplicaSet != in.ReplicaSetName() || len(client.Hosts) != 1 || client.Hosts[0] != "sample-mongodb.chat.svc.cluster.local:27017" {
		t.Errorf("it is read as %+v", client)
	}
	in.spec().Database.TLS = &v1alpha1.DatabaseTLS{SecretName: "own"}
	// The file is not here, and that is all that the driver misses.
	if err := options.Client().ApplyURI(in.storeURI()).Validate(); err == nil || !strings.Contains(err.Error(), caFolder+"/ca.crt") {
		t.Errorf("with TLS: %v", err)
	}
}
