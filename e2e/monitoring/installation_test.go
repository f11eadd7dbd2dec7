//go:build linux

package monitoring_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/e2e/process"
)

// members is how many the MongoDB replica set has; replicas how many chat servers there are.
const (
	members  = 3
	replicas = 3
)

// electionTimeout is MongoDB's 10 seconds in the faster time of the tests, nearly.
const electionTimeout = 3 * time.Second

// installation is what is watched, and who watches.
type installation struct {
	t          testing.TB
	mongo      *mongodtest.ReplicaSet
	name       string
	store      string
	tls        []string // flags for the bus
	replicas   []*replica
	prometheus *prometheus
	client     *http.Client
}

// replica is one chat server. It keeps its admin address over restarts, as Prometheus
// has to find it again.
type replica struct {
	pod, admin string
	*process.Server
}

// install starts everything and waits until it works.
func install(t testing.TB) *installation {
	t.Helper()
	i := &installation{t: t, name: fmt.Sprintf("monitoring-%d", time.Now().UnixNano()), client: &http.Client{Timeout: startLimit}}
	t.Cleanup(i.client.CloseIdleConnections)
	if _, err := mongodtest.Find(); err != nil {
		t.Fatal(err) // without one Start would skip the test
	}
	i.mongo = mongodtest.Start(t, members, mongodtest.WithElectionTimeout(electionTimeout))
	i.tls = certificate(t)
	i.store = strings.Replace(i.mongo.URI(), "/?", "/parley?", 1)
	targets := make(map[string]string)
	for n := range replicas {
		r := &replica{pod: fmt.Sprintf("server-%d", n), admin: addresses.Free(t)}
		i.replicas = append(i.replicas, r)
		targets[r.pod] = r.admin
		i.startReplica(r)
	}
	i.prometheus = watch(t, i.client, targets)
	eventually(t, "all replicas are scraped and see each other", startLimit, func() error {
		return i.prometheus.expect(fmt.Sprintf(`count(up{job="chatserver"} == 1) == %d and min(chatapp_replicas) == %d`, replicas, replicas))
	})
	return i
}

// startReplica starts one and waits until it serves.
func (i *installation) startReplica(r *replica) {
	i.t.Helper()
	flags := []string{
		"--admin-listen", r.admin, "--rate", "0", "--queue-bytes", "128KiB",
		"--bus", "embedded", "--bus-name", i.name, "--bus-listen", "127.0.0.1:0",
	}
	flags = append(flags, i.tls...)
	for _, other := range i.replicas {
		if other != r && other.Server != nil {
			flags = append(flags, "--bus-routes", other.Bus)
			break
		}
	}
	var err error
	if r.Server, err = process.Start(i.t, chatserver, i.store, flags...); err != nil {
		i.t.Fatal(err)
	}
	r.ErrorsExpected = true // much is broken here, and how they log it is seen elsewhere
}

// stop ends a replica as a supervisor does.
func (r *replica) stop(t testing.TB) {
	t.Helper()
	if err := r.Stop(process.EndLimit); err != nil {
		t.Error(err)
	}
}

// metrics is what a replica exposes.
func (i *installation) metrics(r *replica) string {
	i.t.Helper()
	body, err := i.get("http://" + r.admin + "/metrics")
	if err != nil {
		i.t.Fatal(err)
	}
	return body
}

func (i *installation) get(url string) (string, error) {
	request, err := http.NewRequestWithContext(i.t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := i.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", url, response.Status, body)
	}
	return string(body), err
}
