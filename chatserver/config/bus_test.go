package config

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBus(t *testing.T) {
	folder := t.TempDir()
	secret, short := filepath.Join(folder, "secret"), filepath.Join(folder, "short")
	for path, text := range map[string]string{secret: "  between all replicas\n", short: "short\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mongo := "--store mongodb://db/chat "
	for _, c := range []struct {
		args    string
		want    Bus
		problem string
	}{
		{args: "--bus none", want: Bus{Name: "parley", Listen: ":6222"}},
		{
			args: mongo + "--bus embedded --bus-name chat-1 --bus-listen :7000 --bus-routes peers:7000,,127.0.0.1:7001 --bus-secret-file " + secret,
			want: Bus{Kind: BusEmbedded, Name: "chat-1", Listen: ":7000", Routes: []string{"peers:7000", "127.0.0.1:7001"}, Secret: "between all replicas"},
		},
		{
			args: mongo + "--bus nats://user:pw@nats:4222",
			want: Bus{Kind: BusExternal, URL: "nats://user:pw@nats:4222", Name: "parley", Listen: ":6222"},
		},
		{args: mongo + "--bus embedded --bus-listen localhost:0", want: Bus{Kind: BusEmbedded, Name: "parley", Listen: "localhost:0"}},
		{args: mongo + "--bus kafka://pw@x", problem: "--bus must be none, embedded, or a nats://"},
		{args: mongo + "--bus embedded", problem: "give --bus-secret-file"},
		{args: "--bus nats://x", problem: "need a store that they share"},
		{args: mongo + "--bus nats://x --bus-name a.b", problem: "must be 1 to 64 letters"},
		{args: mongo + "--bus nats://x --bus-routes here", problem: `"here" is none`},
		{args: mongo + "--bus nats://x --bus-tls-cert c --bus-tls-key k", problem: "give all three or none"},
		{args: mongo + "--bus nats://x --bus-secret-file " + short, problem: "at least 16 characters"},
		{args: mongo + "--bus nats://x --bus-secret-file /does/not/exist", problem: "cannot be read"},
	} {
		got, err := parse(strings.Fields(c.args), environment(nil), io.Discard, plenty)
		switch {
		case c.problem != "":
			if err == nil || !strings.Contains(err.Error(), c.problem) || strings.Contains(err.Error(), "pw@") {
				t.Errorf("%s: %v", c.args, err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.args, err)
		default:
			if diff := cmp.Diff(c.want, got.Bus); diff != "" {
				t.Errorf("%s: %s", c.args, diff)
			}
		}
	}
}

func TestSecretsStaySecret(t *testing.T) {
	b := Bus{URL: "nats://user:hidden@x", Secret: "hidden"}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(text), fmt.Sprint(b), fmt.Sprintf("%+v %#v", b, b), b.Secret.LogValue().String()} {
		if strings.Contains(shown, "hidden") {
			t.Errorf("a secret can be read: %s", shown)
		}
	}
	if b.Secret.Reveal() != "hidden" || fmt.Sprint(Secret("")) != "" {
		t.Error("a secret is not given")
	}
}
