//go:build compose

package compose

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/e2e/crowd"
)

// How many containers there are: server, client, MongoDB and what initiates it,
// Prometheus, Grafana; and two replicas with the profile scale.
const (
	alone  = 6
	scaled = alone + 2
)

const (
	startBudget = 40 * time.Second // from the command until everything is healthy, with images built
	againLimit  = 2 * time.Minute  // for everything to be healthy where it is not measured
)

// TestCompose walks through the README's section, in order: each step builds on what the
// one before has left, so that the first that fails is the last.
func TestCompose(t *testing.T) {
	p := newProject(t)
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"images", p.checkImages},
		{"up", p.start},
		{"chat", p.chat},
		{"monitoring", func() { p.checkPrometheus(1); p.checkGrafana() }},
		{"killed", p.killEverything},
		{"down-and-up", p.downAndUp},
		{"port-taken", p.portTaken},
		{"scale", p.scale},
		{"upgrade", p.upgrade},
		{"down-all", p.downAll},
	} {
		p.say("--- %s", step.name)
		if !t.Run(step.name, func(t *testing.T) { p.t = t; step.do() }) {
			p.t = t
			return // the others stand on it
		}
	}
	p.t = t
}

// start measures the first start.
func (p *project) start() {
	p.t.Helper()
	began := time.Now()
	p.do(up)
	p.awaitHealthy(alone, 3*time.Minute)
	took := time.Since(began)
	p.say("from the command until all was healthy: %v (budget %v)", took.Round(100*time.Millisecond), startBudget)
	if took > startBudget {
		p.t.Errorf("it took %v until all was healthy; the budget is %v", took, startBudget)
	}
	p.checkContainers()
	p.tellStandIns()
}

func (p *project) chat() {
	p.t.Helper()
	p.browse()
	p.talk()
	if all := p.messages(); len(all) < 4 {
		p.t.Fatalf("/messages has %d messages", len(all))
	}
}

// gather has people talk by the port of one replica and by the web client's server, which
// knows all of them.
func (p *project) gather(name string) *crowd.Crowd {
	p.t.Helper()
	ways := map[string]string{}
	for _, port := range []string{"PARLEY_PORT", "PARLEY_WEB_PORT"} {
		ways[port] = "ws://" + p.at(port) + "/chat"
	}
	return crowd.Gather(p.t, p.say, name, "http://"+p.at("PARLEY_WEB_PORT")+"/api/v1/channels/general/messages", ways)
}

// killEverything kills all processes while people write.
func (p *project) killEverything() {
	p.t.Helper()
	c := p.gather("kill")
	c.GoOn(200)
	p.run(time.Minute, "docker kill -s KILL $(docker compose ps -q)")
	began := time.Now()
	p.do(up)
	p.awaitHealthy(alone, againLimit)
	p.say("all containers were killed, and healthy again %v later", time.Since(began).Round(100*time.Millisecond))
	c.GoOn(200)
	_ = c.SayAway()
	c.Leave()
}

func (p *project) downAndUp() {
	p.t.Helper()
	written := p.messages()
	p.do(down)
	p.do(up)
	p.awaitHealthy(alone, againLimit)
	if diff := cmp.Diff(written, p.messages()); diff != "" {
		p.t.Errorf("after down and up (-before +after):\n%s", diff)
	}
}

// portTaken starts where somebody else has the chat server's port, without .env and with
// it.
func (p *project) portTaken() {
	p.t.Helper()
	p.do(down)
	l, err := net.Listen("tcp", ":"+strconv.Itoa(p.ports["PARLEY_PORT"]))
	if err != nil {
		p.t.Fatal(err)
	}
	defer l.Close()
	if _, err := p.try(againLimit, p.readme[up]); err == nil || !strings.Contains(err.Error(), "address already in use") {
		p.t.Errorf("on a port that is taken: %v", err)
	}
	p.do(otherPort)
	p.ports["PARLEY_PORT"] = 8180
	p.do(up)
	p.awaitHealthy(alone, againLimit)
	p.talk()
	p.browse()
}

func (p *project) scale() {
	p.t.Helper()
	p.do(scaleOn)
	p.do(scaleUp)
	p.awaitHealthy(scaled, againLimit)
	p.checkContainers()
	p.checkPrometheus(3)
}

// upgrade gives all chat servers a new version, one service after the other, while
// people talk: half of them by the web client's server, which knows all replicas, and
// half by the port of one replica.
func (p *project) upgrade() {
	p.t.Helper()
	const version = "v0.0.1-e2e"
	p.write(".env", p.read(".env")+"PARLEY_VERSION="+version+"\n")
	c := p.gather("roll")
	c.GoOn(200)
	for _, command := range []int{upgradeServer, upgradeReplicas, upgradeRest} {
		began := time.Now()
		p.do(command)
		p.awaitHealthy(scaled, againLimit)
		p.say("it took %v", time.Since(began).Round(time.Second))
		c.GoOn(100)
		_ = c.SayAway()
	}
	c.Leave()
	eventually(p.t, "all chat servers are of the new version", time.Minute, func() error {
		var found struct {
			Data struct{ Result []struct{ Value []any } }
		}
		query := `count(chatapp_build_info{version="` + version + `"})`
		if err := p.ask("http://"+p.at("PARLEY_PROMETHEUS_PORT")+"/api/v1/query?query="+url.QueryEscape(query), "", "", 200, &found); err != nil {
			return err
		}
		if r := found.Data.Result; len(r) != 1 || len(r[0].Value) != 2 || r[0].Value[1] != "3" {
			return fmt.Errorf("%s: %v", query, r)
		}
		return nil
	})
}

// downAll insists that nothing is left.
func (p *project) downAll() {
	p.t.Helper()
	p.do(downAll)
	for _, kind := range []string{"docker container ls -aq", "docker volume ls -q", "docker network ls -q"} {
		if left := p.run(time.Minute, kind+" --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"); left != "" {
			p.t.Errorf("after down -v %s still lists %q", kind, left)
		}
	}
}
