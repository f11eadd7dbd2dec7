//go:build compose

package compose

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// container is one line of docker compose ps.
type container struct {
	ID, Name, Service, State, Health, Image string
	ExitCode                                int
}

func (p *project) containers() []container {
	p.t.Helper()
	var all []container
	decoder := json.NewDecoder(strings.NewReader(p.run(time.Minute, "docker compose --profile scale ps -a --format json")))
	for {
		var one container
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, one)
	}
}

// awaitHealthy waits until all containers are healthy, and what runs once has ended well.
func (p *project) awaitHealthy(count int, limit time.Duration) {
	p.t.Helper()
	eventually(p.t, "all is healthy", limit, func() error {
		all := p.containers()
		if len(all) != count {
			return fmt.Errorf("%d containers, want %d", len(all), count)
		}
		for _, one := range all {
			switch {
			case one.Service == "mongodb-init" && one.State == "exited" && one.ExitCode == 0:
			case one.State != "running" || one.Health != "healthy":
				return fmt.Errorf("%s is %s, %s", one.Name, one.State, one.Health)
			}
		}
		return nil
	})
}

// inspect reads what docker inspect knows.
func (p *project) inspect(id string, into any) {
	p.t.Helper()
	var found []json.RawMessage
	err := json.Unmarshal([]byte(p.run(time.Minute, "docker inspect "+id)), &found)
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("docker inspect %s: %d answers", id, len(found))
	}
	if err == nil {
		err = json.Unmarshal(found[0], into)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// checkContainers insists on how containers are held, and on who reaches them.
func (p *project) checkContainers() {
	p.t.Helper()
	for _, one := range p.containers() {
		var found struct {
			Config     struct{ User string }
			HostConfig struct {
				ReadonlyRootfs       bool
				CapDrop, SecurityOpt []string
				Memory, PidsLimit    int64
				RestartPolicy        struct{ Name string }
			}
			NetworkSettings struct {
				Ports map[string][]struct{ HostIP string } // JSON's keys match in any case
			}
		}
		p.inspect(one.ID, &found)
		h := found.HostConfig
		if !h.ReadonlyRootfs || strings.Join(h.CapDrop, "") != "ALL" || !strings.Contains(strings.Join(h.SecurityOpt, " "), "no-new-privileges") {
			p.t.Errorf("%s may do more than it needs: %+v", one.Service, h)
		}
		if h.Memory == 0 || h.PidsLimit == 0 || h.RestartPolicy.Name == "no" || h.RestartPolicy.Name == "" {
			p.t.Errorf("%s has no limit or does not start again: %+v", one.Service, h)
		}
		if user := found.Config.User; user == "" || strings.HasPrefix(user, "0") || user == "root" {
			p.t.Errorf("%s runs as %q", one.Service, user)
		}
		for port, bindings := range found.NetworkSettings.Ports {
			for _, b := range bindings {
				open := one.Service == "server" && port == "8080/tcp" || one.Service == "client" && port == "3000/tcp"
				if one.Service == "mongodb" || open == (b.HostIP == "127.0.0.1") {
					p.t.Errorf("%s: %s is bound to %q", one.Service, port, b.HostIP)
				}
			}
		}
	}
}

// tellStandIns says which of the images are not what their names say, so that nobody
// takes this for a proof of those.
func (p *project) tellStandIns() {
	p.t.Helper()
	for _, one := range p.containers() {
		var found struct {
			Config struct{ Labels map[string]string }
		}
		p.inspect(one.Image, &found)
		if l := found.Config.Labels; l["parley.chat/stand-in"] == "true" && !strings.HasPrefix(one.Image, "parley/") {
			p.say("NOT TESTED with the real %s, but with a stand-in: %s", one.Image, l["parley.chat/made-of"])
		}
	}
}
