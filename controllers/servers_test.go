package controllers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAskServer(t *testing.T) {
	for name, c := range map[string]struct {
		metrics string
		want    Answer
		fails   bool
	}{
		"a server": {"# TYPE chatapp_build_info gauge\nchatapp_build_info{go_version=\"go1.26\",version=\"v1\"} 1\n" +
			"# TYPE chatapp_connected_clients gauge\nchatapp_connected_clients 12\n", Answer{12, "v1"}, false},
		"somebody else": {"# TYPE up gauge\nup 1\n", Answer{}, true},
		"no metrics":    {"<html>", Answer{}, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, c.metrics) // a failure shows in the answer
		}))
		got, err := NewAdminPorts().ask(t.Context(), strings.TrimPrefix(server.URL, "http://"))
		server.Close()
		if (err != nil) != c.fails || err == nil && got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestSumUp(t *testing.T) {
	if clients, version := sumUp(nil); clients != nil || version != "" {
		t.Errorf("of nobody: %v, %s", clients, version)
	}
	clients, version := sumUp(map[string]Answer{"a": {3, "v1"}, "b": {4, "v2"}})
	if clients == nil || *clients != 7 || version != "v2" {
		t.Errorf("%v, %s", clients, version)
	}
}
