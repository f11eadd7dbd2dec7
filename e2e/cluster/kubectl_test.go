//go:build cluster

package cluster

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/e2e/crowd"
)

const system = "parley-system"

// walk is one walk about one ChatRoom; each step builds on what the one before has left.
type walk struct {
	t               *testing.T
	namespace, name string
	config          string // the kubeconfig, whose namespace is the walk's
}

// newWalk gives a ChatRoom a namespace of its own, where pods have to be of the restricted
// standard.
func newWalk(t *testing.T, namespace, name string) *walk {
	t.Helper()
	w := &walk{t: t, namespace: namespace, name: name, config: filepath.Join(t.TempDir(), "config")}
	given, err := os.ReadFile(os.Getenv("KUBECONFIG")) //nolint:gosec // who runs it names the cluster
	if err != nil {
		t.Fatalf("KUBECONFIG must name the file of a cluster: %v", err)
	}
	if err := os.WriteFile(w.config, given, 0o600); err != nil { //nolint:gosec // beside the test's other files
		t.Fatal(err)
	}
	w.kubectl(time.Minute, "config", "set-context", "--current", "--namespace="+namespace)
	openVolumes(t)
	return w
}

// steps does one after the other. After the first that fails only the very last is done, which
// takes away what the walk has made: the others stand on it.
func (w *walk) steps(steps ...step) {
	for i, s := range steps {
		if s.long && quick() || w.step(s) {
			continue
		}
		if last := len(steps) - 1; i < last {
			w.step(steps[last])
		}
		return
	}
}

func (w *walk) step(s step) bool {
	w.say("--- %s", s.name)
	t := w.t
	defer func() { w.t = t }()
	return t.Run(s.name, func(t *testing.T) {
		w.t = t
		defer func() {
			if t.Failed() {
				t.Log(w.why())
			}
		}()
		s.do()
	})
}

// step is a part of a walk. Long ones are left out of the shorter suite.
type step struct {
	name string
	do   func()
	long bool
}

// quick asks for the shorter suite.
func quick() bool { return os.Getenv("PARLEY_E2E_QUICK") != "" }

func (w *walk) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "cluster: "+format+"\n", args...)
}

// kubectl runs it in the repository's folder and wants it to succeed.
func (w *walk) kubectl(limit time.Duration, args ...string) string {
	w.t.Helper()
	out, err := w.try(limit, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *walk) try(limit time.Duration, args ...string) (string, error) {
	return w.start(limit, nil, "kubectl", args...)
}

// shell runs commands as a document shows them, with variables that stand in them, and shows
// what they say.
func (w *walk) shell(limit time.Duration, commands string, variables ...string) string {
	w.t.Helper()
	w.say("$ %s", strings.ReplaceAll(commands, "\n", "\n$ "))
	out, err := w.start(limit, variables, "sh", "-euc", commands)
	if out != "" {
		w.say("%s", out)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *walk) start(limit time.Duration, variables []string, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // our own arguments, and our documents' commands
	cmd.Dir = root
	tools, err := filepath.Abs(filepath.Join(root, "build", "tools"))
	if err != nil {
		return "", err
	}
	cmd.Env = append(append(os.Environ(), "KUBECONFIG="+w.config, "PATH="+tools+":"+os.Getenv("PATH")), variables...)
	cmd.WaitDelay = 5 * time.Second
	var out, failed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failed
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, failed.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// in runs kubectl in the ChatRoom's namespace.
func (w *walk) in(limit time.Duration, args ...string) string {
	w.t.Helper()
	return w.kubectl(limit, append([]string{"-n", w.namespace}, args...)...)
}

// show prints what people see.
func (w *walk) show() {
	w.t.Helper()
	w.say("$ kubectl get chatroom\n%s", w.in(time.Minute, "get", "chatroom"))
}

// await waits for a condition and tells how long it took.
func (w *walk) await(condition string, limit time.Duration) time.Duration {
	w.t.Helper()
	began := time.Now()
	_, err := w.try(limit+10*time.Second, "-n", w.namespace, "wait", "--for=condition="+condition, "chatroom/"+w.name, "--timeout="+limit.String())
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.why())
	}
	return time.Since(began)
}

// why is all that is known when something does not come.
func (w *walk) why() string {
	var all strings.Builder
	for _, args := range [][]string{
		{"-n", w.namespace, "get", "chatroom,pods,pvc", "-o", "wide"},
		{"-n", w.namespace, "get", "chatroom", w.name, "-o", `jsonpath={range .status.conditions[*]}{.type} {.status} {.reason}: {.message}{"\n"}{end}`},
		{"-n", w.namespace, "get", "events", "--sort-by=.lastTimestamp"},
		{"-n", system, "logs", "-l", "app.kubernetes.io/name=parley-operator", "--tail=20"},
	} {
		out, err := w.try(time.Minute, args...)
		fmt.Fprintf(&all, "%s\n", out)
		if err != nil {
			fmt.Fprintln(&all, err)
		}
	}
	return all.String()
}

// settled waits until nothing is being changed any more and people can chat.
func (w *walk) settled(limit time.Duration) time.Duration {
	w.t.Helper()
	began := time.Now()
	for end := began.Add(limit); ; time.Sleep(500 * time.Millisecond) {
		state := w.in(time.Minute, "get", "chatroom", w.name, "-o",
			`jsonpath={.metadata.generation}={.status.observedGeneration} {.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Progressing")].status}`)
		generations, conditions, _ := strings.Cut(state, " ")
		wanted, observed, _ := strings.Cut(generations, "=")
		if wanted == observed && conditions == "True False" {
			return time.Since(began)
		}
		if time.Now().After(end) {
			w.t.Fatalf("not settled after %v: %s\n%s", limit, state, w.why())
		}
	}
}

// address is where the servers' Service is reached from this machine.
func (w *walk) address() string {
	w.t.Helper()
	return w.addressOf(w.name)
}

// addressOf waits until the node has rules for a Service: they come a moment after its pods
// are ready.
func (w *walk) addressOf(service string) string {
	w.t.Helper()
	at := w.in(time.Minute, "get", "service", service, "-o", "jsonpath={.spec.clusterIP}")
	w.until("the Service "+service+" takes connections", func() bool {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(w.t.Context(), "tcp", net.JoinHostPort(at, "80"))
		return err == nil && conn.Close() == nil
	})
	return at
}

func (w *walk) gather(people string) *crowd.Crowd {
	w.t.Helper()
	at := w.address()
	return crowd.Gather(w.t, w.say, people, "http://"+at+"/api/v1/channels/general/messages", map[string]string{"the Service": "ws://" + at + "/chat"})
}

// state is one part of the ChatRoom, by a JSONPath.
func (w *walk) state(path string) string {
	w.t.Helper()
	return w.in(time.Minute, "get", "chatroom", w.name, "-o", "jsonpath="+path)
}

// condition gives one's status and reason.
func (w *walk) condition(kind string) string {
	w.t.Helper()
	of := `.status.conditions[?(@.type=="` + kind + `")]`
	return w.state("{" + of + ".status} {" + of + ".reason}")
}

// remove takes everything away that a walk has made, and the operator with it, so that the
// next one begins where there is nothing.
func (w *walk) remove() {
	w.kubectl(3*time.Minute, "delete", "-k", "config/default", "--ignore-not-found")
	w.kubectl(3*time.Minute, "delete", "namespace", w.namespace, "--ignore-not-found")
}
