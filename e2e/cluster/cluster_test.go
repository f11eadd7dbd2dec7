//go:build cluster

package cluster

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/e2e/faults/history"
	"github.com/parley-chat/parley/e2e/readlog"
)

const (
	firstBudget = time.Minute     // from apply until people can chat, one of each, images there
	threeBudget = 2 * time.Minute // the same with three of each
	awayBudget  = 5 * time.Second // how long anybody may be away during a rollout
	patience    = 4 * time.Minute
)

// TestCluster walks through a ChatRoom's life by the README's commands, on a whole node that
// KUBECONFIG names and that has the images already: parley/chatserver:dev, the same as :next,
// parley/webclient:dev, parley/operator:dev and mongo:8.0. Services have to be reachable from
// this machine. PARLEY_E2E_HOST_PATHS names a folder of host-path volumes that are root's
// alone, if the node makes such; they are opened to the pods' users. With PARLEY_E2E_QUICK
// nothing is broken on the way.
func TestCluster(t *testing.T) {
	w := newWalk(t, "parley-e2e", "sample")
	w.steps(
		step{name: "install", do: w.install},
		step{name: "sample", do: w.sample},
		step{name: "browse", do: w.browse},
		step{name: "pods-killed", do: w.podsKilled, long: true},
		step{name: "scale", do: w.scale},
		step{name: "rollout", do: w.rollout},
		step{name: "primary-killed", do: w.primaryKilled, long: true},
		step{name: "volume-lost", do: w.volumeLost, long: true},
		step{name: "hibernate", do: w.hibernate},
		step{name: "delete-and-apply", do: w.deleteAndApply},
		step{name: "three-of-each", do: w.threeOfEach, long: true},
		step{name: "remove", do: w.remove},
	)
}

// withKind runs a command of the README's walk with kind.
func (w *walk) withKind(command int) {
	w.t.Helper()
	w.shell(11*time.Minute, section(w.t, "README.md", "### With kind", kindCommands)[command])
}

// openVolumes lets pods that are nobody write to volumes that are folders of root.
func openVolumes(t *testing.T) {
	t.Helper()
	folder := os.Getenv("PARLEY_E2E_HOST_PATHS")
	if folder == "" {
		return
	}
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	go func() {
		for {
			volumes, _ := filepath.Glob(filepath.Join(folder, "*")) // the pattern is right
			for _, volume := range volumes {
				_ = os.Chmod(volume, 0o777) //nolint:gosec // of a test's node; it may be gone
			}
			select {
			case <-ended:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
}

func (w *walk) install() {
	w.withKind(kindInstall)
	w.withKind(kindInstalled)
	w.makeNamespace()
}

func (w *walk) makeNamespace() {
	w.kubectl(time.Minute, "create", "namespace", w.namespace)
	w.kubectl(time.Minute, "label", "namespace", w.namespace, "pod-security.kubernetes.io/enforce=restricted")
}

func (w *walk) sample() {
	began := time.Now()
	w.withKind(kindApply)
	w.withKind(kindReady)
	took := time.Since(began)
	w.withKind(kindShow)
	w.say("people can chat %v after apply", took.Round(100*time.Millisecond))
	if took > firstBudget {
		w.t.Errorf("it took %v, the budget is %v", took, firstBudget)
	}
	c := w.gather("first")
	c.GoOn(100)
	c.Leave()
	w.until("the connections are counted", func() bool {
		return w.in(time.Minute, "get", "chatroom", w.name, "-o", "jsonpath={.status.connectedClients}") != ""
	})
}

// browse lets two people chat in browsers, through the web client's Service.
func (w *walk) browse() {
	out, err := w.start(2*time.Minute, []string{"PARLEY_URL=http://" + w.addressOf(w.name+"-client")}, "node", "--test", "--test-reporter=spec", "e2e/browser/installed.test.js")
	if err != nil {
		w.t.Fatalf("the browser: %v\n%s", err, out)
	}
	said := func(user, text string) bool {
		return slices.ContainsFunc(w.messages(), func(m history.Message) bool { return m.User == user && m.Text == text })
	}
	if !said("anna", "Hello from a browser") || !said("ben", "Hello back") {
		w.t.Error("what was said in browsers is not kept")
	}
	w.say("two people chatted in browsers")
}

// podsKilled kills the server's, the database's and the operator's pods while people talk.
func (w *walk) podsKilled() {
	c := w.gather("kill")
	c.GoOn(50)
	for _, which := range []struct{ namespace, selector string }{
		{w.namespace, "app.kubernetes.io/component=server"}, {w.namespace, "app.kubernetes.io/component=database"}, {system, "app.kubernetes.io/name=parley-operator"},
	} {
		w.kubectl(time.Minute, "-n", which.namespace, "delete", "pod", "-l", which.selector, "--grace-period=0", "--force", "--wait=false")
		c.GoOn(50)
		w.say("pods of %s were killed", which.selector)
		_ = c.SayAway()
	}
	c.Leave()
	w.settled(patience)
}

func (w *walk) scale() {
	c := w.gather("scale")
	c.GoOn(50)
	began := time.Now()
	w.withKind(kindScale)
	w.withKind(kindMembers)
	w.settled(patience)
	w.show()
	w.say("three servers and three members %v later", time.Since(began).Round(100*time.Millisecond))
	if took := time.Since(began); took > threeBudget {
		w.t.Errorf("it took %v, the budget is %v", took, threeBudget)
	}
	c.GoOn(50)
	w.in(time.Minute, "scale", "chatroom/"+w.name, "--replicas=2")
	w.settled(patience)
	c.GoOn(50)
	_ = c.SayAway()
	c.Leave()
	if state := w.in(time.Minute, "get", "chatroom", w.name, "-o", "jsonpath={.status.servers} {.status.database}"); state != "2/2 3/3" {
		w.t.Errorf("there are %s", state)
	}
}

// rollout gives the servers another image while people talk.
func (w *walk) rollout() {
	c := w.gather("roll")
	c.GoOn(50)
	w.withKind(kindUpgrade)
	w.settled(patience)
	w.until("the old servers have drained", func() bool {
		images := w.in(time.Minute, "get", "pods", "-l", "app.kubernetes.io/component=server", "-o", "jsonpath={.items[*].spec.containers[0].image}")
		return !strings.Contains(images, "parley/chatserver:dev") && strings.Count(images, "parley/chatserver:next") == 2
	})
	c.GoOn(50)
	if away := c.SayAway(); away > awayBudget {
		w.t.Errorf("somebody was away for %v, the budget is %v", away, awayBudget)
	}
	c.Leave()
}

func (w *walk) primaryKilled() {
	c := w.gather("primary")
	c.GoOn(50)
	primary := w.in(time.Minute, "get", "chatroom", w.name, "-o", `jsonpath={.status.members[?(@.state=="PRIMARY")].name}`)
	w.in(time.Minute, "delete", "pod", primary, "--grace-period=0", "--force", "--wait=false")
	c.GoOn(100)
	w.say("%s, the primary, was killed", primary)
	c.Leave()
	w.settled(patience)
}

// volumeLost takes a secondary's volume away: the member comes back by itself.
func (w *walk) volumeLost() {
	c := w.gather("volume")
	c.GoOn(50)
	secondary := strings.Fields(w.in(time.Minute, "get", "chatroom", w.name, "-o", `jsonpath={.status.members[?(@.state=="SECONDARY")].name}`))[0]
	w.in(time.Minute, "delete", "pvc", "data-"+secondary, "--wait=false")
	w.in(time.Minute, "delete", "pod", secondary, "--grace-period=0", "--force")
	c.GoOn(50)
	w.until("the member is back", func() bool {
		return w.in(time.Minute, "get", "chatroom", w.name, "-o", "jsonpath={.status.database}") == "3/3"
	})
	w.settled(patience)
	w.show()
	c.Leave()
}

func (w *walk) hibernate() {
	before := w.messages()
	w.withKind(kindSleep)
	w.until("it sleeps", func() bool {
		return w.in(time.Minute, "get", "pods", "-o", "name") == ""
	})
	w.show()
	began := time.Now()
	w.withKind(kindWake)
	w.await("Ready", patience)
	w.settled(patience)
	w.say("awake %v later", time.Since(began).Round(100*time.Millisecond))
	if diff := cmp.Diff(before, w.messages()); diff != "" {
		w.t.Errorf("after sleep (-before +after):\n%s", diff)
	}
}

// deleteAndApply removes the ChatRoom; one of the same name takes its data up again.
func (w *walk) deleteAndApply() {
	before := w.messages()
	w.withKind(kindDelete)
	w.until("its pods are gone", func() bool { return w.in(time.Minute, "get", "pods", "-o", "name") == "" })
	if claims := w.in(time.Minute, "get", "pvc", "-o", "name"); claims == "" {
		w.t.Fatal("the volumes went with it")
	}
	w.withKind(kindApply)
	w.withKind(kindMembers)
	w.await("Ready", patience)
	w.settled(patience)
	if diff := cmp.Diff(before, w.messages()); diff != "" {
		w.t.Errorf("after delete and apply (-before +after):\n%s", diff)
	}
	w.show()
}

// threeOfEach makes a ChatRoom with three servers and three members where none was.
func (w *walk) threeOfEach() {
	w.withKind(kindDelete) // the node need not carry both
	three := *w
	three.name = "three"
	began := time.Now()
	w.in(time.Minute, "apply", "-f", "e2e/cluster/testdata/three.yaml")
	three.settled(patience)
	took := time.Since(began)
	w.show()
	w.say("three servers and three members can be used %v after apply", took.Round(100*time.Millisecond))
	if took > threeBudget {
		w.t.Errorf("it took %v, the budget is %v", took, threeBudget)
	}
	three.talked("three")
	w.in(3*time.Minute, "delete", "chatroom", three.name)
}

// messages reads all that was said.
func (w *walk) messages() (all []history.Message) {
	w.t.Helper()
	err := readlog.Get(w.t.Context(), http.DefaultClient, "http://"+w.address()+"/messages", &all)
	if err != nil || len(all) == 0 {
		w.t.Fatalf("%d messages, %v", len(all), err)
	}
	return all
}

func (w *walk) until(what string, holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("not so after %v: %s\n%s", patience, what, w.why())
		}
	}
}
