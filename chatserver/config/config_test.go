package config

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// plenty is a number of files that no default runs into.
const plenty = 1 << 20

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		text, ok := variables[name]
		return text, ok
	}
}

func defaults() Config {
	return Config{
		Listen: ":8080", AdminListen: ":8081", Store: "sqlite:data/chat.db", Rate: 10, Drain: 10 * time.Second,
		LogLevel: slog.LevelInfo, LogFormat: "text", MaxConnections: 15000, QueueBytes: 1 << 20,
		PingInterval: 25 * time.Second, MaxChannels: 10000, AcceptRate: float64(2500 * runtime.GOMAXPROCS(0)), Bus: Bus{Name: "parley", Listen: ":6222"},
		Tracing: Tracing{Ratio: 0.01},
	}
}

func TestParse(t *testing.T) {
	secretFile := filepath.Join(t.TempDir(), "uri")
	if err := os.WriteFile(secretFile, []byte("mongodb://u:pw@db/chat\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		about string
		args  []string
		env   map[string]string
		want  func(*Config)
	}{
		{about: "defaults", want: func(*Config) {}},
		{
			about: "all by flags",
			args: strings.Fields("--listen 127.0.0.1:0 --admin-listen=[::1]:0 -store sqlite:/x.db --rate 0.5 --allowed-origins https://A.example:443,http://b:81 " +
				"--drain 0s --log-level debug --log-format json --max-connections 7 --queue-bytes 131072 --total-queue-bytes 64MiB --ping-interval 1s --max-channels 3 --accept-rate 12 --drain-delay 1s " +
				"--otlp-endpoint http://localhost:4318 --trace-ratio 0.5"),
			want: func(c *Config) {
				*c = Config{
					Listen: "127.0.0.1:0", AdminListen: "[::1]:0", Store: "sqlite:/x.db", Rate: 0.5,
					AllowedOrigins: []string{"https://a.example", "http://b:81"}, LogLevel: slog.LevelDebug, LogFormat: "json",
					MaxConnections: 7, AcceptRate: 12, DrainDelay: time.Second, QueueBytes: 131072, TotalQueueBytes: 64 << 20, PingInterval: time.Second, MaxChannels: 3, Bus: Bus{Name: "parley", Listen: ":6222"},
					Tracing: Tracing{Endpoint: "http://localhost:4318", Ratio: 0.5},
				}
			},
		}, {
			about: "all by environment",
			env: map[string]string{
				"PARLEY_LISTEN": "127.0.0.1:1", "PARLEY_ADMIN_LISTEN": "127.0.0.1:2", "PARLEY_STORE": "mongodb+srv://x", "PARLEY_RATE": "0",
				"PARLEY_ALLOWED_ORIGINS": "*", "PARLEY_DRAIN": "1m", "PARLEY_LOG_LEVEL": "error", "PARLEY_LOG_FORMAT": "json",
				"PARLEY_MAX_CONNECTIONS": "9", "PARLEY_QUEUE_BYTES": "256KiB", "PARLEY_TOTAL_QUEUE_BYTES": "2MiB", "PARLEY_PING_INTERVAL": "2s", "PARLEY_MAX_CHANNELS": "4",
				"PARLEY_ACCEPT_RATE": "0", "PARLEY_DRAIN_DELAY": "2s", "PARLEY_OTLP_ENDPOINT": "https://otlp.example.org", "PARLEY_TRACE_RATIO": "0",
			},
			want: func(c *Config) {
				*c = Config{
					Listen: "127.0.0.1:1", AdminListen: "127.0.0.1:2", Store: "mongodb+srv://x", AllowedOrigins: []string{"*"},
					Drain: time.Minute, LogLevel: slog.LevelError, LogFormat: "json",
					MaxConnections: 9, AcceptRate: 0, DrainDelay: 2 * time.Second, QueueBytes: 256 << 10, TotalQueueBytes: 2 << 20, PingInterval: 2 * time.Second, MaxChannels: 4, Bus: Bus{Name: "parley", Listen: ":6222"},
					Tracing: Tracing{Endpoint: "https://otlp.example.org"},
				}
			},
		}, {
			about: "a flag wins over a variable, even over one that is wrong",
			args:  []string{"--rate=3"},
			env:   map[string]string{"PARLEY_RATE": "many", "PARLEY_DRAIN": "1s"},
			want:  func(c *Config) { c.Rate, c.Drain = 3, time.Second },
		}, {
			about: "the last of a flag wins",
			args:  []string{"--rate=none", "--rate=4"},
			want:  func(c *Config) { c.Rate = 4 },
		}, {
			about: "an empty variable is not set",
			env:   map[string]string{"PARLEY_RATE": "", "PARLEY_STORE_FILE": ""},
			want:  func(*Config) {},
		}, {
			about: "a store by file",
			args:  []string{"--store-file", secretFile},
			env:   map[string]string{"PARLEY_STORE": "sqlite:other.db"},
			want:  func(c *Config) { c.Store = "mongodb://u:pw@db/chat" },
		}, {
			about: "a file in the environment loses to a flag",
			args:  []string{"--store", "sqlite:x.db"},
			env:   map[string]string{"PARLEY_STORE_FILE": "/does/not/exist"},
			want:  func(c *Config) { c.Store = "sqlite:x.db" },
		},
	} {
		t.Run(test.about, func(t *testing.T) {
			want := defaults()
			test.want(&want)
			got, err := parse(test.args, environment(test.env), io.Discard, plenty)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct {
		about string
		args  []string
		env   map[string]string
		want  Problems
	}{
		{
			about: "everything wrong at once",
			args:  []string{"--rate", "fast", "--nonsense", "5", "stray", "--listen", "8080", "--other=1", "--log-level=loud", "--drain"},
			env:   map[string]string{"PARLEY_QUEUE_BYTES": "1KiB", "PARLEY_PING_INTERVAL": "25"},
			want: Problems{
				"there is no flag --nonsense",
				`unexpected argument "stray"`,
				"there is no flag --other",
				"--drain needs a value",
				`--listen "8080" must be HOST:PORT or :PORT`,
				`--log-level "loud" must be one of debug, info, warn, error`,
				`--rate "fast" must be a number from 0 to 1000000`,
				`PARLEY_QUEUE_BYTES "1KiB" must be a number of bytes from 128KiB to 1024MiB, such as 512KiB`,
				`PARLEY_PING_INTERVAL "25" must be a duration from 1s to 10m0s, such as 10s`,
			},
		}, {
			about: "after two dashes everything is unexpected",
			args:  []string{"--", "--rate", "5"},
			want:  Problems{`unexpected arguments ["--rate" "5"]`},
		}, {
			about: "a secret is not shown",
			args:  []string{"--store", "mongo://anna:secret@db"},
			want:  Problems{"--store must be sqlite:PATH, mongodb://… or mongodb+srv://…"},
		}, {
			about: "slashes that would lead elsewhere",
			args:  []string{"--store", "sqlite://data/chat.db"},
			want:  Problems{"--store must be sqlite:PATH, mongodb://… or mongodb+srv://…"},
		}, {
			about: "a store twice",
			args:  []string{"--store", "sqlite:a", "--store-file", "b"},
			want:  Problems{"--store and --store-file are both given; give one of them"},
		}, {
			about: "a store twice in the environment",
			env:   map[string]string{"PARLEY_STORE": "sqlite:a", "PARLEY_STORE_FILE": "b"},
			want:  Problems{"PARLEY_STORE and PARLEY_STORE_FILE are both given; give one of them"},
		}, {
			about: "a file that is not there",
			args:  []string{"--store-file", "/does/not/exist"},
			want:  Problems{"--store-file names a file that cannot be read: no such file or directory"},
		}, {
			about: "a secret where its file belongs",
			args:  []string{"--bus-secret-file", "Zq8-hunter2-hunter2"},
			env:   map[string]string{"PARLEY_STORE_FILE": "mongodb://anna:secret@db"},
			want: Problems{
				"PARLEY_STORE_FILE names a file that cannot be read: no such file or directory",
				"--bus-secret-file names a file that cannot be read: no such file or directory",
			},
		}, {
			about: "a secret without its flag, or with half of it",
			args:  []string{"mongodb://anna:secret@db", "--stroe", "--uri:secret@db", "---store=mongodb://anna:secret@db", "ret@db"},
			want: Problems{
				"unexpected argument (not repeated here, since a password may be in it)",
				"there is no flag --stroe",
				"there is an unknown flag (not repeated here, since a password may be in it)",
				"there is an unknown flag (not repeated here, since a password may be in it)",
				"unexpected argument (not repeated here, since a password may be in it)",
			},
		}, {
			about: "what only looks like a flag",
			args:  []string{"---rate", "3", "-=", "--rate", "x"},
			want: Problems{
				"there is no flag ---rate",
				`unexpected argument "3"`,
				"there is an unknown flag (not repeated here, since a password may be in it)",
				`--rate "x" must be a number from 0 to 1000000`,
			},
		}, {
			about: "a secret after two dashes",
			args:  []string{"--", "--store", "mongodb://anna:secret@db"},
			want:  Problems{"unexpected arguments (not repeated here, since a password may be in it)"},
		}, {
			about: "one port for both",
			args:  []string{"--listen", ":9000", "--admin-listen", "127.0.0.1:9000"},
			want:  Problems{`--listen ":9000" and --admin-listen "127.0.0.1:9000" share a port; the admin side must have its own`},
		}, {
			about: "origins",
			args:  []string{"--allowed-origins", "https://a.example/path"},
			want:  Problems{`--allowed-origins "https://a.example/path" must hold origins such as https://chat.example.org; "https://a.example/path" is none`},
		}, {
			about: "any origin and one",
			args:  []string{"--allowed-origins", "*,https://a.example"},
			want:  Problems{`--allowed-origins "*,https://a.example" must be either * or a list of origins`},
		},
	} {
		t.Run(test.about, func(t *testing.T) {
			got, err := parse(test.args, environment(test.env), io.Discard, plenty)
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(Config{}, got); diff != "" {
				t.Errorf("a configuration beside problems:\n%s", diff)
			}
		})
	}
}

func TestProblemsReadWell(t *testing.T) {
	if got, want := (Problems{"a"}).Error(), "configuration: a"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (Problems{"a", "b"}).Error(), "configuration: 2 problems:\n  a\n  b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestConnectionsFitTheFiles(t *testing.T) {
	for _, test := range []struct {
		about       string
		args        []string
		files       uint64
		connections int
		warning     string
		problem     string
	}{
		{about: "enough", files: 15512, connections: 15000},
		{about: "unknown", files: 0, connections: 15000},
		{about: "one too few", files: 15511, connections: 14999, warning: "At most 14999 connections instead of 15000"},
		{about: "asked for and possible", args: []string{"--max-connections=100"}, files: 612, connections: 100},
		{about: "asked for and impossible", args: []string{"--max-connections=101"}, files: 612, problem: "--max-connections 101 is more than"},
		{about: "hopeless", files: 512, problem: "raise the limit"},
	} {
		t.Run(test.about, func(t *testing.T) {
			c, err := parse(test.args, environment(nil), io.Discard, test.files)
			if test.problem != "" {
				if err == nil || !strings.Contains(err.Error(), test.problem) {
					t.Errorf("error is %v, want %q in it", err, test.problem)
				}
				return
			}
			if err != nil || c.MaxConnections != test.connections {
				t.Fatalf("%d connections, %v; want %d", c.MaxConnections, err, test.connections)
			}
			if got := strings.Join(c.Warnings, " "); (got == "") != (test.warning == "") || !strings.Contains(got, test.warning) {
				t.Errorf("warnings %q, want %q", got, test.warning)
			}
		})
	}
}

func TestOpenFilesIsKnownHere(t *testing.T) {
	if files := openFiles(); files == 0 {
		t.Error("the limit of open files is not known")
	}
}
