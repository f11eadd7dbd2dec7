//go:build compose

package compose

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"
)

// ask reads JSON. The answer has to have the status; user and password may be empty.
func (p *project) ask(url, user, password string, status int, into any) error {
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	if user != "" {
		request.SetBasicAuth(user, password)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != status {
		return fmt.Errorf("%s: %s: %.300s", url, response.Status, body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// checkPrometheus waits until it scrapes so many chat servers, and all its targets are up.
func (p *project) checkPrometheus(servers int) {
	p.t.Helper()
	address := "http://" + p.at("PARLEY_PROMETHEUS_PORT")
	eventually(p.t, "Prometheus' targets are up", time.Minute, func() error {
		var found struct {
			Data struct {
				ActiveTargets []struct {
					Labels            map[string]string
					Health, LastError string
				}
			}
		}
		if err := p.ask(address+"/api/v1/targets?state=active", "", "", http.StatusOK, &found); err != nil {
			return err
		}
		count := 0
		for _, target := range found.Data.ActiveTargets {
			if target.Health != "up" {
				return fmt.Errorf("%v is %s: %s", target.Labels, target.Health, target.LastError)
			}
			if target.Labels["job"] == "chatserver" {
				count++
			}
		}
		if count != servers {
			return fmt.Errorf("%d chat servers are scraped, want %d", count, servers)
		}
		return nil
	})
	var rules struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	if err := p.ask(address+"/api/v1/rules", "", "", http.StatusOK, &rules); err != nil {
		p.t.Fatal(err)
	}
	if len(rules.Data.Groups) == 0 {
		p.t.Error("Prometheus has no rules")
	}
	for _, group := range rules.Data.Groups {
		for _, rule := range group.Rules {
			if rule.Health == "err" {
				p.t.Errorf("the rule %s: %s", rule.Name, rule.LastError)
			}
		}
	}
	p.say("Prometheus scrapes %d chat servers and has %d groups of rules", servers, len(rules.Data.Groups))
}

// checkGrafana insists on what is there without a click.
func (p *project) checkGrafana() {
	p.t.Helper()
	const user, password = "user", "chatapp"
	address := "http://" + p.at("PARLEY_GRAFANA_PORT")
	var sources []struct{ UID, Name, Type string }
	if err := p.ask(address+"/api/datasources", user, password, http.StatusOK, &sources); err != nil {
		p.t.Fatal(err)
	}
	if len(sources) == 0 {
		p.t.Error("Grafana has no datasource")
	}
	for _, source := range sources {
		if err := p.ask(address+"/api/datasources/uid/"+source.UID+"/health", user, password, http.StatusOK, nil); err != nil {
			p.t.Errorf("the datasource %s: %v", source.Name, err)
		}
	}
	var dashboards []struct{ UID, Title string }
	if err := p.ask(address+"/api/search?type=dash-db", user, password, http.StatusOK, &dashboards); err != nil {
		p.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(p.folder, "monitoring/grafana/dashboards/*.json"))
	if err != nil || len(files) == 0 || len(dashboards) != len(files) {
		p.t.Errorf("Grafana has %d dashboards of %d files, %v", len(dashboards), len(files), err)
	}
	for _, dashboard := range dashboards {
		if err := p.ask(address+"/api/dashboards/uid/"+dashboard.UID, user, password, http.StatusOK, nil); err != nil {
			p.t.Errorf("the dashboard %s: %v", dashboard.Title, err)
		}
	}
	for _, wrong := range []string{"", "admin"} {
		if err := p.ask(address+"/api/datasources", "user", wrong, http.StatusUnauthorized, nil); err != nil {
			p.t.Errorf("the password %q: %v", wrong, err)
		}
	}
	p.say("Grafana has %d datasources and %d dashboards", len(sources), len(dashboards))
}
