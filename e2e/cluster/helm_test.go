//go:build cluster

package cluster

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHelm walks through a release by the README's commands: installed with a chat, tried by
// helm test, upgraded with another CRD, uninstalled and installed again over what is kept.
func TestHelm(t *testing.T) {
	w := newWalk(t, system, "chat")
	w.steps(
		step{name: "install", do: func() { w.withHelm(helmInstall); w.withHelm(helmReady); w.show() }},
		step{name: "test", do: w.helmTest},
		step{name: "forward", do: w.forward},
		step{name: "upgrade", do: w.helmUpgrade},
		step{name: "next-release", do: w.nextRelease},
		step{name: "uninstall", do: w.uninstall},
		step{name: "install-again", do: w.installAgain},
		step{name: "remove", do: w.removeRelease},
	)
}

func (w *walk) withHelm(command int) string {
	w.t.Helper()
	return w.shell(11*time.Minute, helmCommand(w.t, command))
}

func helmCommand(t *testing.T, command int) string {
	t.Helper()
	return section(t, "README.md", "### With Helm", helmCommands)[command]
}

func (w *walk) helmTest() {
	if said := w.withHelm(helmTest); !strings.Contains(said, "Phase:          Succeeded") {
		w.t.Errorf("helm test says\n%s", said)
	}
}

// forward opens the web client as the README says. The command runs until it is ended.
func (w *walk) forward() {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	command := helmCommand(w.t, helmForward)
	w.say("$ %s", command)
	cmd := exec.CommandContext(ctx, "sh", "-euc", "exec "+command) //nolint:gosec // the README's own command
	cmd.Env = append(os.Environ(), "KUBECONFIG="+w.config)
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was ended
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "127.0.0.1:3000") {
		w.t.Fatalf("it says %q, %v", line, err)
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Get("http://localhost:3000/")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(page), "<title>Parley") {
		w.t.Errorf("it answers %s, %v\n%s", response.Status, err, page)
	}
}

func (w *walk) helmUpgrade() {
	c := w.gather("helm")
	c.GoOn(50)
	w.withHelm(helmUpgrade)
	w.until("there are two servers", func() bool { return w.state("{.status.servers}") == "2/2" })
	c.GoOn(50)
	_ = c.SayAway()
	c.Leave()
}

// nextRelease upgrades to a chart with another CRD.
func (w *walk) nextRelease() {
	folder := filepath.Join(w.t.TempDir(), "parley")
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(root, "charts", "parley"))); err != nil {
		w.t.Fatal(err)
	}
	crd := filepath.Join(folder, "templates", "crd.yaml")
	text := strings.Replace(read(w.t, "charts/parley/templates/crd.yaml"), "What is wanted. The operator never writes here.", "What is wanted, as of the next release.", 1)
	if err := os.WriteFile(crd, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.shell(2*time.Minute, strings.Replace(helmCommand(w.t, helmUpgrade), "charts/parley", folder, 1))
	w.until("kubectl explains the next release's type", func() bool {
		return strings.Contains(w.kubectl(time.Minute, "explain", "chatroom.spec"), "as of the next release")
	})
	w.settled(patience)
}

// uninstall takes the operator alone.
func (w *walk) uninstall() {
	before := w.messages()
	w.withHelm(helmUninstall)
	w.until("the operator is gone", func() bool {
		return w.kubectl(time.Minute, "-n", system, "get", "pods", "-l", "app.kubernetes.io/name=parley-operator", "-o", "name") == ""
	})
	w.show()
	if diff := cmp.Diff(before, w.messages()); diff != "" {
		w.t.Errorf("without an operator (-before +after):\n%s", diff)
	}
	c := w.gather("alone")
	c.GoOn(50)
	c.Leave()
}

// installAgain takes up what was kept.
func (w *walk) installAgain() {
	before := w.messages()
	w.withHelm(helmInstall)
	w.withHelm(helmReady)
	w.settled(patience)
	if diff := cmp.Diff(before, w.messages()); diff != "" {
		w.t.Errorf("after installing again (-before +after):\n%s", diff)
	}
	w.show()
}

// removeRelease takes everything away, also where a step before has failed.
func (w *walk) removeRelease() {
	_, err := w.try(3*time.Minute, "-n", w.namespace, "delete", "chatroom", w.name, "--ignore-not-found")
	if err != nil && !strings.Contains(err.Error(), "the server doesn't have a resource type") {
		w.t.Error(err)
	}
	w.shell(3*time.Minute, "helm uninstall parley --ignore-not-found --namespace "+system)
	w.kubectl(2*time.Minute, "delete", "crd", "chatrooms.parley.chat", "--ignore-not-found")
	w.kubectl(3*time.Minute, "delete", "namespace", system, "--ignore-not-found")
}
