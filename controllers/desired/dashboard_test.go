package desired

import (
	"encoding/json"
	"strings"
	"testing"
)

func board(t *testing.T, text string) Dashboard {
	t.Helper()
	d, err := ParseDashboard("overview.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestShippedDashboards makes those that compose uses one ChatRoom's.
func TestShippedDashboards(t *testing.T) {
	in := smallest(t)
	in.Installation.Dashboards = nil
	for file, content := range shipped(t, "grafana/dashboards/*.json") {
		d, err := ParseDashboard(file, content)
		if err != nil {
			t.Fatal(err)
		}
		in.Installation.Dashboards = append(in.Installation.Dashboards, d)
	}
	size := 0
	for file, content := range dashboards(in).Data {
		size += len(content)
		var d struct {
			UID, Title string
			Templating struct {
				List []struct{ Type, Definition string }
			}
		}
		if err := json.Unmarshal([]byte(content), &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if strings.HasPrefix(d.UID, "parley-") || len(d.UID) > 40 || !strings.HasSuffix(d.Title, " (chat/sample)") || !strings.HasPrefix(file, "chat-sample-") {
			t.Errorf("%s is not the ChatRoom's own: %s, %s", file, d.UID, d.Title)
		}
		narrowed := 0
		for _, variable := range d.Templating.List {
			if variable.Type != "query" {
				continue
			}
			narrowed++
			if !strings.Contains(variable.Definition, `{namespace="chat",chatroom="sample"`) {
				t.Errorf("%s offers others': %s", file, variable.Definition)
			}
		}
		if narrowed == 0 {
			t.Errorf("%s has no variables", file)
		}
	}
	// A ConfigMap holds 1 MiB.
	if size == 0 || size > 512<<10 {
		t.Errorf("%d bytes of dashboards", size)
	}
}

func TestWrongDashboards(t *testing.T) {
	for _, text := range []string{"", "{}", `{"uid":"x"}`} {
		if _, err := ParseDashboard("wrong.json", []byte(text)); err == nil || !strings.Contains(err.Error(), "wrong.json") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
