package house

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// room says what the packages in one folder may import of ours. The most specific
// folder counts. Tests may import more: see wrongTests.
type room struct {
	folder string
	may    []string // exact packages of ours
	why    string
}

var rooms = []room{
	{"./chatserver/chat", nil, "the words of the chat stand on nothing, so that everything can speak them"},
	{"./chatserver/name", []string{"./chatserver/chat"}, "rules for names are pure functions over the words"},
	{"./chatserver/problem", []string{"./chatserver/chat"}, "it writes an error, whoever serves HTTP"},
	{"./chatserver/protocol", []string{"./chatserver/chat"}, "frames are made of the words, without knowing who sends or keeps them"},
	{
		"./chatserver/pages", []string{"./chatserver/chat", "./chatserver/problem"},
		"it serves files that it is given, for the chat server and for the web server before it",
	},
	{"./chatserver/config", nil, "configuration is values; rooms get theirs from the wiring and do not know where they come from"},
	{
		"./chatserver/channel",
		[]string{"./chatserver/chat", "./chatserver/name", "./chatserver/protocol"},
		"the log engine owns the interfaces of store and bus and knows neither an implementation nor a connection",
	}, {
		"./chatserver/socket",
		[]string{"./chatserver/channel", "./chatserver/chat", "./chatserver/name", "./chatserver/problem", "./chatserver/protocol"},
		"the connection engine stands on channels and never reaches around them to a store or bus",
	}, {
		"./chatserver/httpapi",
		[]string{"./chatserver/chat", "./chatserver/name", "./chatserver/pages", "./chatserver/problem", "./chatserver/protocol", "./client"},
		"the API asks for channels by an interface of its own and serves the client's files",
	},
	{"./chatserver/store", []string{"./chatserver/chat"}, "a store knows entries and nothing of who uses it, so that it can be replaced"},
	{
		"./chatserver/store/storetest",
		[]string{"./chatserver/channel", "./chatserver/chat"},
		"the suite checks stores against the interface that their user owns",
	},
	{"./chatserver/bus", []string{"./chatserver/chat"}, "a bus carries entries and nothing of who uses it, so that it can be replaced"},
	{
		"./chatserver/bus/nats",
		[]string{"./chatserver/bus/local", "./chatserver/chat"},
		"what a replica publishes reaches its own listeners as in a process that is alone",
	}, {
		"./chatserver/bus/bustest",
		[]string{"./chatserver/channel", "./chatserver/chat"},
		"the suite checks buses against the interface that their user owns",
	},
	{
		"./chatserver/tracing",
		[]string{"./chatserver/channel", "./chatserver/chat"},
		"it follows changes by an interface that the log engine owns, and the engine does not know by what means",
	},
	{
		"./chatserver/roundtrip", []string{"./chatserver/chat", "./chatserver/protocol"},
		"it tries a chat from outside, and knows no more of it than any client",
	},
	{"./client", nil, "the web client's files are data"},
	{
		"./webclient", []string{"./chatserver/chat", "./chatserver/pages", "./chatserver/problem"},
		"it stands before chat servers as any proxy could, and knows only how they show pages and errors",
	},
	{"./api", nil, "the type ChatRoom is for everybody's programs, and brings nothing of ours along"},
	{
		"./controllers/desired", []string{"./api/v1alpha1", "./chatserver/config"},
		"what should be is a function of the ChatRoom; of the chat server it knows the configuration, so that a renamed setting breaks the build",
	},
	{
		"./controllers", []string{"./api/v1alpha1", "./controllers/desired", "./controllers/replicaset", "./controllers/status"},
		"the reconciler brings what should be and what there is together, and leaves both to their rooms",
	},
	{"./controllers/clustertest", []string{"./api/v1alpha1"}, "it runs an API server that knows our type, for whoever tests with it"},
	{"./controllers/status", []string{"./api/v1alpha1"}, "how a ChatRoom is follows from what was observed, whoever observed it"},
	{"./controllers/replicaset", nil, "a replica set's members are MongoDB's matter: they know neither Kubernetes nor the chat"},
	{"./cmd/chatserver", []string{"./chatserver", "./chatserver/config", "./chatserver/roundtrip"}, "a program parses, builds and runs; nothing else"},
	{"./cmd/webclient", []string{"./client", "./webclient"}, "a program parses, builds and runs; nothing else"},
	{
		"./cmd/operator", []string{"./api/v1alpha1", "./controllers", "./controllers/desired", "./controllers/replicaset", "./monitoring"},
		"a program parses, builds and runs; nothing else",
	},
	{"./cmd/member", nil, "it runs beside a database of somebody's image, and is small"},
	{"./monitoring", nil, "what operators see knows the chat server by the names of its metrics alone"},
	{"./hack", nil, "development's own tools are no part of the product"},
}

// free may import what they need: the wiring, and programs that drive or measure
// the others from outside.
var free = []string{wiring, "./chatbench/...", "./cmd/chatbench/...", "./e2e/..."}

const wiring = "./chatserver"

// outside names the places where something that is not ours may be imported.
var outside = []struct {
	what string
	by   []string // packages, with their subfolders where it says ...
	why  string
}{
	{
		"github.com/gorilla/websocket", []string{"./chatserver/socket", "./chatserver/roundtrip", "./e2e/..."},
		"WebSockets are handled in one place; who tries a chat from outside needs a client",
	}, {
		"go.mongodb.org/mongo-driver",
		[]string{"./chatserver/store/mongodb/...", "./chatserver/store/mongodtest", "./chatbench/...", "./cmd/chatbench", "./cmd/member", "./controllers/replicaset"},
		"MongoDB is behind the store's interface; the benchmark measures the bare driver beside it",
	}, {
		"github.com/nats-io", []string{"./chatserver/bus/nats"},
		"NATS is behind the bus's interface",
	}, {
		"go.opentelemetry.io", []string{"./chatserver/tracing", "./e2e/..."},
		"OpenTelemetry is behind the log engine's interface for tracers; tests from outside play the collector",
	}, {
		"modernc.org/sqlite", []string{"./chatserver/store/sqlite/..."},
		"SQLite is behind the store's interface",
	}, {
		"github.com/grafana/grafana-foundation-sdk", []string{"./monitoring/dashboards"},
		"dashboards are made in one place, and what runs needs none of it",
	}, {
		"k8s.io", []string{"!./controllers/replicaset", "./api/...", "./controllers/...", "./cmd/operator"},
		"the chat server runs anywhere and does not know Kubernetes",
	}, {
		"sigs.k8s.io", []string{"!./controllers/replicaset", "./api/...", "./controllers/...", "./cmd/operator"},
		"the chat server runs anywhere and does not know Kubernetes",
	}, {
		"golang.org/x/text/secure/precis", []string{"./chatserver/name"},
		"what is a valid name is decided in one place",
	}, {
		"net/http",
		[]string{wiring, "./chatserver/httpapi", "./chatserver/pages", "./chatserver/problem", "./chatserver/roundtrip", "./chatserver/socket", "./webclient", "./chatbench/...", "./cmd/...", "./e2e/...", "./controllers/..."},
		"HTTP is for the edges",
	}, {
		"testing", []string{"./chatserver/store/storetest", "./chatserver/store/mongodtest", "./chatserver/bus/bustest", "./controllers/clustertest", "./e2e/..."},
		"test code does not belong in programs",
	},
}

func TestImports(t *testing.T) {
	for _, violation := range violations(packages(t)) {
		t.Error(violation)
	}
}

// violations are sentences that say which package breaks which rule, and why the
// rule is there.
func violations(all []pkg) []string {
	var found []string
	for _, p := range all {
		found = append(found, wrongDirection(p)...)
		found = append(found, wrongOutside(p)...)
		found = append(found, wrongTests(p)...)
		found = append(found, lumber(p)...)
	}
	return found
}

func wrongDirection(p pkg) (found []string) {
	if matches(p.path, free) {
		return nil
	}
	r, ok := roomOf(p.path)
	if !ok {
		return []string{fmt.Sprintf("%s is in no room: say in this file what it may import, and why", p.path)}
	}
	for _, imported := range p.imports {
		if ours(imported) && !slices.Contains(r.may, imported) && !family(r, p.path, imported) {
			found = append(found, fmt.Sprintf("%s imports %s, but %s", p.path, imported, r.why))
		}
		if p.path == words && !ours(imported) && !standard(imported) {
			found = append(found, fmt.Sprintf("%s imports %s, but %s", p.path, imported, r.why))
		}
	}
	return found
}

// family: a package may use the folders beneath it, and those beneath may use it.
// It ends below the room's own folder, so that one store does not know the other.
func family(r room, user, imported string) bool {
	return within(imported, user) || within(user, imported) && within(imported, r.folder) && imported != r.folder
}

// words are the words of the chat, which import the standard library alone.
const words = "./chatserver/chat"

func roomOf(folder string) (found room, ok bool) {
	for _, r := range rooms {
		if within(folder, r.folder) && len(r.folder) > len(found.folder) {
			found, ok = r, true
		}
	}
	return found, ok
}

func wrongOutside(p pkg) (found []string) {
	for _, rule := range outside {
		if matches(p.path, rule.by) {
			continue
		}
		for _, imported := range p.imports {
			if within(imported, rule.what) {
				found = append(found, fmt.Sprintf("%s imports %s, which only %v may: %s", p.path, imported, rule.by, rule.why))
			}
		}
	}
	return found
}

// wrongTests: a room's tests may use other rooms, as real parts to run on, but not
// the whole server, and what is made for tests is used by tests alone.
func wrongTests(p pkg) (found []string) {
	for _, imported := range p.testImports {
		if imported == wiring && within(p.path, wiring) && p.path != wiring {
			found = append(found, fmt.Sprintf("the tests of %s import %s: a room's tests do not start the house", p.path, imported))
		}
	}
	for _, imported := range p.imports {
		if forTests(imported) && !forTests(p.path) && !matches(p.path, free[1:]) {
			found = append(found, fmt.Sprintf("%s imports %s, which is for tests", p.path, imported))
		}
	}
	return found
}

// lumber finds packages that are named after nothing: they collect everything.
func lumber(p pkg) []string {
	switch path.Base(p.path) {
	case "util", "utils", "common", "helper", "helpers", "types", "pkg", "misc", "shared", "internal":
		return []string{fmt.Sprintf("%s: call the package what it is about", p.path)}
	}
	return nil
}

func ours(imported string) bool { return strings.HasPrefix(imported, "./") }

func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// forTests holds for packages of ours that are named like storetest.
func forTests(imported string) bool { return ours(imported) && strings.HasSuffix(imported, "test") }

// TestTheRulesBite breaks each rule once.
func TestTheRulesBite(t *testing.T) {
	for _, test := range []struct {
		p    pkg
		want string // in the one violation; none when empty
	}{
		{pkg{path: words, imports: []string{"time"}}, ""},
		{pkg{path: words, imports: []string{"./chatserver/protocol"}}, "stand on nothing"},
		{pkg{path: words, imports: []string{"golang.org/x/text/unicode/norm"}}, "stand on nothing"},
		{pkg{path: "./chatserver/channel", imports: []string{"./chatserver/store/sqlite"}}, "neither an implementation nor a connection"},
		{pkg{path: "./chatserver/store/mongodb", imports: []string{"./chatserver/channel"}}, "knows entries"},
		{pkg{path: "./chatserver/store/mongodb", imports: []string{"./chatserver/store/sqlite"}}, "knows entries"},
		{pkg{path: "./chatserver/store/mongodb", imports: []string{"./chatserver/store/mongodb/index"}}, ""},
		{pkg{path: "./chatserver/store/mongodb/index", imports: []string{"./chatserver/store/mongodb"}}, ""},
		{pkg{path: "./chatserver/store/storetest", imports: []string{"./chatserver/channel", "testing"}}, ""},
		{pkg{path: "./chatserver/bus/nats", imports: []string{"./chatserver/chat"}}, ""},
		{pkg{path: "./chatserver/httpapi", imports: []string{"./chatserver/socket"}}, "interface of its own"},
		{pkg{path: "./chatserver/attic"}, "in no room"},
		{pkg{path: "./chatserver/channel", imports: []string{"./chatserver/tracing"}}, "neither an implementation nor a connection"},
		{pkg{path: "./chatserver/channel", imports: []string{"go.opentelemetry.io/otel/trace"}}, "interface for tracers"},
		{pkg{path: "./monitoring/dashboards", imports: []string{"github.com/grafana/grafana-foundation-sdk/go/dashboard"}}, ""},
		{pkg{path: "./monitoring/dashboards", imports: []string{"./chatserver/channel"}}, "names of its metrics"},
		{pkg{path: "./chatserver/channel", imports: []string{"github.com/grafana/grafana-foundation-sdk/go/dashboard"}}, "made in one place"},
		{pkg{path: "./cmd/chatserver", imports: []string{"./chatserver/channel"}}, "parses, builds and runs"},
		{pkg{path: "./chatserver/httpapi", imports: []string{"github.com/gorilla/websocket"}}, "one place"},
		{pkg{path: "./chatserver/channel", imports: []string{"go.mongodb.org/mongo-driver/v2/mongo"}}, "behind the store's interface"},
		{pkg{path: wiring, imports: []string{"k8s.io/client-go/rest"}}, "does not know Kubernetes"},
		{pkg{path: "./controllers/replicaset", imports: []string{"k8s.io/api/core/v1"}}, "does not know Kubernetes"},
		{pkg{path: "./controllers/replicaset", imports: []string{"./api/v1alpha1"}}, "MongoDB's matter"},
		{pkg{path: "./api/v1alpha1", imports: []string{"./controllers/desired"}}, "brings nothing of ours"},
		{pkg{path: "./controllers/desired", imports: []string{"./chatserver/config", "k8s.io/api/core/v1"}}, ""},
		{pkg{path: "./controllers/desired", imports: []string{"./chatserver"}}, "of the chat server it knows"},
		{pkg{path: "./controllers/status", imports: []string{"./controllers/desired"}}, "whoever observed it"},
		{pkg{path: "./chatserver/channel", imports: []string{"net/http"}}, "for the edges"},
		{pkg{path: "./chatserver/channel", imports: []string{"testing"}}, "does not belong in programs"},
		{pkg{path: wiring, imports: []string{"./chatserver/socket", "net/http"}}, ""},
		{pkg{path: wiring, imports: []string{"./chatserver/store/storetest"}}, "for tests"},
		{pkg{path: wiring, testImports: []string{wiring}}, ""},
		{pkg{path: "./chatserver/socket", testImports: []string{wiring}}, "do not start the house"},
		{pkg{path: "./hack/common"}, "what it is about"},
	} {
		found := violations([]pkg{test.p})
		if test.want == "" && len(found) == 0 || test.want != "" && len(found) == 1 && strings.Contains(found[0], test.want) {
			continue
		}
		t.Errorf("%+v breaks %q; want %q", test.p, found, test.want)
	}
}
