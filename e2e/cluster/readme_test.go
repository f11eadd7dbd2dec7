package cluster

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// These hold without a cluster, and run with all other tests.

const root = "../.."

// The commands of the README's walk with kind, by what they are for.
const (
	kindCreate = iota
	kindImages
	kindLoad
	kindInstall
	kindInstalled
	kindApply
	kindReady
	kindShow
	kindScale
	kindMembers
	kindTag
	kindLoadNext
	kindUpgrade
	kindSleep
	kindWake
	kindDelete
	kindCommands
)

// And of the walk with Helm.
const (
	helmInstall = iota
	helmReady
	helmTest
	helmForward
	helmUpgrade
	helmUninstall
	helmCommands
)

// section gives the commands under a heading of a document, without their comments.
func section(t *testing.T, document, heading string, want int) []string {
	t.Helper()
	_, text, ok := strings.Cut(read(t, document), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no section %s", document, heading)
	}
	if end := regexp.MustCompile(`(?m)^#{2,` + string(rune('0'+len(strings.Fields(heading)[0]))) + `} `).FindStringIndex(text); end != nil {
		text = text[:end[0]]
	}
	var found []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", "")) {
			command, _, _ := strings.Cut(line, "   #")
			if command = strings.TrimSpace(command); command != "" && !strings.HasPrefix(command, "#") {
				found = append(found, command)
			}
		}
	}
	if len(found) != want {
		t.Fatalf("%s, %s: there are %d commands, and %d are tried: %q", document, heading, len(found), want, found)
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the README tells people to type means what is tried on a node.
func TestReadme(t *testing.T) {
	patch := func(spec string) string {
		return `kubectl patch chatroom/sample --type=merge -p '{"spec":{` + spec + `}}'`
	}
	kind := [kindCommands]string{
		kindCreate: "kind create cluster --config kind-config.yaml", kindImages: "make images",
		kindLoad:    "kind load docker-image --name parley parley/chatserver:dev parley/webclient:dev parley/operator:dev",
		kindInstall: "kubectl apply --server-side -k config/default", kindInstalled: "kubectl -n parley-system rollout status deployment/parley-operator --timeout=5m",
		kindApply: "kubectl apply -f config/samples/kind.yaml", kindReady: "kubectl wait --for=condition=Ready chatroom/sample --timeout=10m",
		kindShow: "kubectl get chatroom", kindScale: "kubectl scale chatroom/sample --replicas=3", kindMembers: patch(`"database":{"members":3}`),
		kindTag: "docker tag parley/chatserver:dev parley/chatserver:next", kindLoadNext: "kind load docker-image --name parley parley/chatserver:next",
		kindUpgrade: patch(`"server":{"image":"parley/chatserver:next"}`), kindSleep: patch(`"hibernate":true`), kindWake: patch(`"hibernate":false`),
		kindDelete: "kubectl delete chatroom/sample",
	}
	if diff := cmp.Diff(kind[:], section(t, "README.md", "### With kind", kindCommands)); diff != "" {
		t.Errorf("with kind: -tried +README\n%s", diff)
	}
	helm := [helmCommands]string{
		helmInstall:   "helm install parley charts/parley --namespace parley-system --create-namespace --set chatRoom.create=true --wait",
		helmReady:     "kubectl -n parley-system wait --for=condition=Ready chatroom/chat --timeout=10m",
		helmTest:      "helm test parley --namespace parley-system --logs",
		helmForward:   "kubectl -n parley-system port-forward service/chat-client 3000:80",
		helmUpgrade:   "helm upgrade parley charts/parley --namespace parley-system --set chatRoom.create=true,chatRoom.spec.server.replicas=2",
		helmUninstall: "helm uninstall parley --namespace parley-system",
	}
	if diff := cmp.Diff(helm[:], section(t, "README.md", "### With Helm", helmCommands)); diff != "" {
		t.Errorf("with Helm: -tried +README\n%s", diff)
	}
}

// `make kind` does what the README shows: the commands until people can chat, in their order.
func TestKindScript(t *testing.T) {
	script := read(t, "hack/kind.sh")
	for _, command := range section(t, "README.md", "### With kind", kindCommands)[:kindShow+1] {
		_, after, ok := strings.Cut(script, "run "+command+"\n")
		if !ok {
			t.Fatalf("hack/kind.sh does not run %q, or not at this place", command)
		}
		script = after
	}
}

// The port of kind's node leads to the one that the sample asks for.
func TestKindPort(t *testing.T) {
	port := regexp.MustCompile(`containerPort: (\d+)`).FindStringSubmatch(read(t, "kind-config.yaml"))
	if len(port) != 2 || !strings.Contains(read(t, "config/samples/kind.yaml"), "nodePort: "+port[1]+"}") {
		t.Errorf("kind-config.yaml leads to port %v, and config/samples/kind.yaml does not have it", port)
	}
}
