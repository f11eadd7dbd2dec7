//go:build compose

package compose

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// project is a copy of the repository and what runs from it.
type project struct {
	t           *testing.T
	folder      string
	environment []string
	ports       map[string]int // by the setting in .env
	readme      []string       // the README's commands
}

// newProject copies what a clone would have, and writes .env where ports are taken.
// Everything is removed when the test ends.
func newProject(t *testing.T) *project {
	t.Helper()
	p := &project{t: t, folder: t.TempDir(), readme: readme(t)}
	// What the developer has set for an installation of their own is none of ours.
	p.environment = slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "PARLEY_") || strings.HasPrefix(pair, "COMPOSE_")
	})
	p.environment = append(p.environment, fmt.Sprintf("COMPOSE_PROJECT_NAME=parley-e2e-%d", os.Getpid()), "COMPOSE_PROGRESS=plain")
	p.needEngine()
	p.copyRepository()
	p.choosePorts()
	t.Cleanup(func() {
		if t.Failed() {
			p.say("the logs end:\n%s", p.run(time.Minute, "docker compose --profile scale ps -a; docker compose --profile scale logs --tail 30 2>&1"))
		}
		p.run(3*time.Minute, "docker compose --profile scale down -v --timeout 5")
	})
	return p
}

func (p *project) needEngine() {
	p.t.Helper()
	for _, args := range [][]string{{"version", "--format", "{{.Server.Version}}"}, {"compose", "version"}} {
		ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
		output, err := p.command(ctx, "docker", args...).CombinedOutput()
		cancel()
		if err != nil {
			p.t.Fatalf("No Docker engine with Compose answers, and this tests nothing without one. Start one, or set DOCKER_HOST. (docker %s: %v: %s)",
				strings.Join(args, " "), err, bytes.TrimSpace(output))
		}
	}
}

func (p *project) copyRepository() {
	p.t.Helper()
	list := exec.CommandContext(p.t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil {
		p.t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // removed, and git has not been told
		}
		if err != nil {
			p.t.Fatal(err)
		}
		p.write(name, string(text))
	}
}

// choosePorts takes the README's ports, and others where these are taken, by .env as the
// README says.
func (p *project) choosePorts() {
	p.t.Helper()
	p.ports = map[string]int{"PARLEY_PORT": 8080, "PARLEY_WEB_PORT": 3000, "PARLEY_PROMETHEUS_PORT": 9091, "PARLEY_GRAFANA_PORT": 9090}
	p.write(".env", "")
	for name, port := range p.ports {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
		if err != nil {
			p.say("port %d is taken", port)
			p.choose(name, p.freePort())
			continue
		}
		_ = l.Close() // it has only been tried
	}
}

func (p *project) freePort() int {
	p.t.Helper()
	l, err := net.Listen("tcp", ":0") //nolint:gosec // on all interfaces, as Docker will
	if err != nil {
		p.t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// choose sets a port in .env.
func (p *project) choose(name string, port int) {
	p.t.Helper()
	p.ports[name] = port
	line := fmt.Sprintf("%s=%d\n", name, port)
	p.say("in .env: %s", strings.TrimSpace(line))
	p.write(".env", p.read(".env")+line)
}

// at is an address on this machine.
func (p *project) at(port string) string { return "localhost:" + strconv.Itoa(p.ports[port]) }

func (p *project) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func (p *project) write(name, text string) {
	p.t.Helper()
	to := filepath.Join(p.folder, name)
	err := os.MkdirAll(filepath.Dir(to), 0o755) //nolint:gosec // containers read it, as users of their own
	if err == nil {
		err = os.WriteFile(to, []byte(text), 0o644) //nolint:gosec // as above
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// say reports something at once: these tests take minutes.
func (p *project) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "compose: "+format+"\n", args...)
}

// do runs a command of the README.
func (p *project) do(command int) {
	p.t.Helper()
	p.say("$ %s", p.readme[command])
	p.run(20*time.Minute, p.readme[command])
}

// run runs a shell command in the copy and gives what it wrote to standard output.
func (p *project) run(limit time.Duration, command string) string {
	p.t.Helper()
	out, err := p.try(limit, command)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// try is run for what may fail. The error holds the end of all that was written.
func (p *project) try(limit time.Duration, command string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), limit)
	defer cancel()
	cmd := p.command(ctx, "sh", "-c", command)
	cmd.WaitDelay = time.Second // what it started may hold its output open
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(out.String()+errs.String()), "\n")
		return "", fmt.Errorf("%s: %w\n%s", command, err, strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
	return out.String(), nil
}

// command is a program in the copy, with the environment that all have.
func (p *project) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the README's commands and our own
	cmd.Dir, cmd.Env = p.folder, p.environment
	return cmd
}

// eventually asks again until there is no error.
func eventually(t *testing.T, what string, limit time.Duration, ask func() error) {
	t.Helper()
	end := time.Now().Add(limit)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s: %v", limit, what, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
