package program_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// invoke runs the program to its end with nothing but the given environment.
func invoke(t *testing.T, environment []string, flags ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	cmd := exec.CommandContext(t.Context(), shared.program, flags...) //nolint:gosec // what was just built
	cmd.Env, cmd.Stdout, cmd.Stderr = environment, &out, &err
	var exit *exec.ExitError
	if failed := cmd.Run(); failed != nil && !errors.As(failed, &exit) {
		t.Fatal(failed)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// Everything that is wrong with a configuration is said at once.
func TestConfigurationProblems(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := invoke(t,
		[]string{"PARLEY_LOG_LEVEL=loud", "PARLEY_MAX_CONNECTIONS=many", "PARLEY_STORE=mongodb:///secret"},
		"--listen", "nowhere", "--rate", "-1", "--drain", "soon", "--unknown", "--allowed-origins", "chat.example.org", "stray")
	if code != 2 || stdout != "" {
		t.Errorf("exit code %d, on standard output %q", code, stdout)
	}
	for _, want := range []string{
		`--listen "nowhere"`, `--rate "-1"`, `--drain "soon"`, `--unknown`, `--allowed-origins "chat.example.org"`,
		`PARLEY_LOG_LEVEL "loud"`, `PARLEY_MAX_CONNECTIONS "many"`,
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("not a word of %s in\n%s", want, stderr)
		}
	}
	for name, flags := range map[string][]string{
		"one port for both":  {"--listen", ":8080", "--admin-listen", ":8080"},
		"a store of no kind": {"--store", "postgres://localhost"},
		"two stores":         {"--store", "sqlite:chat.db", "--store-file", "uri"},
	} {
		if code, _, stderr := invoke(t, nil, flags...); code != 2 || !strings.Contains(stderr, flags[0]) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d\n%s", name, code, stderr)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	code, help, stderr := invoke(t, nil, "--help")
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	for _, flag := range []string{"--listen", "--admin-listen", "--store", "--rate", "--allowed-origins", "--drain", "--log-level"} {
		if !strings.Contains(help, "\n  "+flag+" ") {
			t.Errorf("%s is not in the help", flag)
		}
	}
	if code, version, _ := invoke(t, nil, "--version"); code != 0 || !strings.HasPrefix(version, "chatserver") {
		t.Errorf("exit code %d, %s", code, version)
	}
}

// An address that is taken is said in one line, and nothing is left behind.
func TestAddressTaken(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, newSQLite(t))
		for _, flags := range [][]string{
			{"--listen", s.Chat, "--admin-listen", "127.0.0.1:0"},
			{"--listen", "127.0.0.1:0", "--admin-listen", s.Admin},
		} {
			second := launch(t, append(flags, "--store", store)...)
			second.failsToStart("address already in use")
		}
		start(t, store)
	})
}

// failsToStart insists that the program ends with the code for that, and with one
// line that says why.
func (s *server) failsToStart(why ...string) {
	s.t.Helper()
	if code := s.exitCode(startLimit); code != 3 {
		s.t.Errorf("exit code %d, want 3", code)
	}
	if strings.Contains(s.Output(), "\n") || !strings.HasPrefix(s.Output(), "chatserver: ") {
		s.t.Errorf("it says\n%s", s.Output())
	}
	for _, want := range why {
		if !strings.Contains(s.Output(), want) {
			s.t.Errorf("not a word of %q in\n%s", want, s.Output())
		}
	}
}
