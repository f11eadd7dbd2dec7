//go:build cluster

package cluster

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestOperations does what docs/operations.md says about Kubernetes, by its own commands. The
// shorter suite leaves it out.
func TestOperations(t *testing.T) {
	w := newWalk(t, "chats", "sample")
	w.steps(
		step{name: "install", do: w.asDocumented("Install on Kubernetes", 0)},
		step{name: "upgrade", do: w.asDocumented("Upgrade on Kubernetes", 0)},
		step{name: "scale", do: w.asDocumented("Scale", 0)},
		step{name: "hibernate", do: w.asDocumented("Hibernate", 0)},
		step{name: "volume-lost", do: w.recoverVolume},
		step{name: "secrets-lost", do: w.recoverSecrets},
		step{name: "majority-lost", do: w.recoverMajority},
		step{name: "external-database", do: w.moveOut},
		step{name: "uninstall", do: w.uninstallEverything},
		step{name: "remove", do: w.remove},
	)
}

// document gives the blocks of commands of a section of docs/operations.md.
func document(t *testing.T, heading string) (blocks []string) {
	t.Helper()
	_, text, ok := strings.Cut(read(t, "docs/operations.md"), "\n### "+heading+"\n")
	if !ok {
		t.Fatalf("docs/operations.md has no section %s", heading)
	}
	if end := regexp.MustCompile(`(?m)^#{2,3} `).FindStringIndex(text); end != nil {
		text = text[:end[0]]
	}
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)\n```").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// asDocumented runs a block of a section.
func (w *walk) asDocumented(heading string, block int, variables ...string) func() {
	return func() {
		w.t.Helper()
		w.shell(15*time.Minute, document(w.t, heading)[block], variables...)
		w.show()
	}
}

// talked has people chat for a moment.
func (w *walk) talked(people string) {
	w.t.Helper()
	c := w.gather(people)
	c.GoOn(50)
	c.Leave()
}

func (w *walk) recoverVolume() {
	w.settled(patience)
	w.talked("before")
	before := w.messages()
	volume := w.in(time.Minute, "get", "pvc", "data-sample-mongodb-2", "-o", "jsonpath={.metadata.uid}")
	w.asDocumented("Recover", 0)()
	w.until("the member has another volume and is in step", func() bool {
		now, err := w.try(time.Minute, "-n", w.namespace, "get", "pvc", "data-sample-mongodb-2", "-o", "jsonpath={.metadata.uid}")
		return err == nil && now != volume && w.state("{.status.database}") == "3/3"
	})
	w.settled(patience)
	w.same(before)
}

// recoverSecrets loses the Secrets with the members' key and the passwords.
func (w *walk) recoverSecrets() {
	copied := filepath.Join(root, "sample-secrets.yaml")
	w.t.Cleanup(func() { _ = os.Remove(copied) })
	before := w.messages()
	w.asDocumented("Install on Kubernetes", 1)()
	secret := w.in(time.Minute, "get", "secret", "sample-keyfile", "-o", "jsonpath={.data.keyfile}")
	w.in(time.Minute, "delete", "secret", "sample-keyfile", "sample-users")
	w.until("it says that the Secrets are gone", func() bool { return w.condition("DatabaseReady") == "False CredentialsMissing" })
	w.same(before) // people can still read
	w.asDocumented("Recover", 1)()
	w.until("it has taken them up", func() bool { return w.condition("Ready") == "True Chatting" })
	if now := w.in(time.Minute, "get", "secret", "sample-keyfile", "-o", "jsonpath={.data.keyfile}"); now != secret {
		w.t.Error("the key is another one")
	}
	w.settled(patience)
	w.same(before)
}

// recoverMajority loses two of three members with their volumes, and there is no room for
// others: if they came back empty, MongoDB would elect the one that is left.
func (w *walk) recoverMajority() {
	w.talked("majority")
	before := w.messages()
	w.makePrimary("sample-mongodb-0")
	w.in(time.Minute, "create", "quota", "full", "--hard=persistentvolumeclaims=1")
	w.in(time.Minute, "delete", "pvc", "data-sample-mongodb-1", "data-sample-mongodb-2", "--wait=false")
	w.in(time.Minute, "delete", "pod", "sample-mongodb-1", "sample-mongodb-2", "--grace-period=0", "--force")
	w.until("it says so", func() bool { return w.condition("DatabaseReady") == "False MajorityLost" })
	w.asDocumented("Recover", 2)()
	w.until("the one that is left is primary", func() bool {
		return w.state(`{.status.members[?(@.state=="PRIMARY")].name}`) == "sample-mongodb-0" && strings.HasPrefix(w.condition("ServerAvailable"), "True")
	})
	w.same(before)
	w.talked("alone")
	before = w.messages()
	w.in(time.Minute, "delete", "quota", "full")
	w.until("all members are in step", func() bool { return w.state("{.status.database}") == "3/3" })
	w.settled(patience)
	w.show()
	w.same(before)
	w.talked("again")
}

// makePrimary has a member elected, so that it is known to have everything.
func (w *walk) makePrimary(member string) {
	w.t.Helper()
	w.until(member+" is primary", func() bool {
		primary := w.state(`{.status.members[?(@.state=="PRIMARY")].name}`)
		if primary == member {
			return true
		}
		if primary != "" {
			w.in(time.Minute, "delete", "pod", primary)
		}
		w.settled(patience)
		return false
	})
}

// same compares all that was said with what it was.
func (w *walk) same(before any) {
	w.t.Helper()
	if diff := cmp.Diff(before, any(w.messages())); diff != "" {
		w.t.Errorf("what was said (-before +after):\n%s", diff)
	}
}

// moveOut moves to a database that the operator does not run.
func (w *walk) moveOut() {
	external := w.externalDatabase()
	w.talked("moving")
	before := w.messages()
	w.asDocumented("Move to an external database", 0, "EXTERNAL="+external)()
	w.settled(patience)
	if state := w.state("{.status.database}"); state != "external" {
		w.t.Errorf("the database is %s", state)
	}
	w.same(before)
	w.talked("moved")
	w.until("the old members are gone", func() bool {
		return w.in(time.Minute, "get", "pods", "-l", "app.kubernetes.io/component=database", "-o", "name") == ""
	})
	if claims := w.in(time.Minute, "get", "pvc", "-o", "name"); !strings.Contains(claims, "data-sample-mongodb-0") {
		w.t.Errorf("of the old volumes there are %q", claims)
	}
}

// externalDatabase starts a replica set of one member that the operator knows nothing of, and
// gives its URI.
func (w *walk) externalDatabase() string {
	w.t.Helper()
	w.in(time.Minute, "apply", "-f", "e2e/cluster/testdata/external.yaml")
	w.in(4*time.Minute, "wait", "--for=condition=Ready", "pod/external", "--timeout=3m")
	script := `rs.initiate({_id: "external", members: [{_id: 0, host: "external.` + w.namespace + `.svc:27017"}]});
		while (!db.hello().isWritablePrimary) sleep(200);
		db.getSiblingDB("chat").createUser({user: "chat", pwd: "secret", roles: [{role: "readWrite", db: "chat"}]})`
	w.in(time.Minute, "exec", "external", "--", "env", "HOME=/tmp", "mongosh", "--quiet", "--eval", script)
	return "mongodb://chat:secret@external." + w.namespace + ".svc:27017/chat?replicaSet=external&authSource=chat"
}

// uninstallEverything ends with the commands of the document: the first keeps data.
func (w *walk) uninstallEverything() {
	w.asDocumentedLine("Uninstall", 0)
	w.until("its pods are gone", func() bool {
		return w.in(time.Minute, "get", "pods", "-l", "app.kubernetes.io/instance=sample", "-o", "name") == ""
	})
	if kept := w.in(time.Minute, "get", "pvc,secret", "-o", "name"); !strings.Contains(kept, "data-sample-mongodb-0") || !strings.Contains(kept, "secret/sample-keyfile") {
		w.t.Errorf("what is kept is %s", kept)
	}
	w.asDocumentedLine("Uninstall", 1)
	if _, err := w.try(time.Minute, "get", "crd", "chatrooms.parley.chat"); err == nil || !strings.Contains(err.Error(), "NotFound") {
		w.t.Errorf("the CRD, after uninstalling: %v", err)
	}
}

func (w *walk) asDocumentedLine(heading string, line int) {
	w.t.Helper()
	w.shell(5*time.Minute, strings.Split(document(w.t, heading)[0], "\n")[line])
}
