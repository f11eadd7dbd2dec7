package program_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// web is an HTTP client that keeps nothing open.
var web = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: answerLimit}

// problem is an error over HTTP (RFC 9457).
type problem struct {
	Type, Title, Detail, Code, Field string
	Status, Limit                    int
}

// page is an answer whose body has been read.
type page struct {
	*http.Response
	body string
}

// get reads an address of the chat's port.
func (s *server) get(t testing.TB, path string) page {
	t.Helper()
	return fetch(t, "http://"+s.Chat+path)
}

// inspect reads an address of the admin port.
func (s *server) inspect(t testing.TB, path string) page {
	t.Helper()
	return fetch(t, "http://"+s.Admin+path)
}

func fetch(t testing.TB, url string) page {
	t.Helper()
	response, err := web.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return readPage(t, response)
}

func readPage(t testing.TB, response *http.Response) page {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err == nil {
		err = response.Body.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return page{response, string(body)}
}

// problem insists that the answer is a problem and gives it.
func (p page) problem(t testing.TB) problem {
	t.Helper()
	var out problem
	if got := p.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q of %s", got, p.body)
	}
	if err := json.Unmarshal([]byte(p.body), &out); err != nil {
		t.Fatalf("%s: %v", p.body, err)
	}
	if out.Status != p.StatusCode || out.Title == "" || out.Detail == "" || out.Type != "urn:parley:error:"+out.Code {
		t.Errorf("status %d: %s", p.StatusCode, p.body)
	}
	return out
}

// decode reads the answer as JSON.
func (p page) decode(t testing.TB, into any) {
	t.Helper()
	if p.StatusCode != http.StatusOK || p.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %s: %s", p.Status, p.Header.Get("Content-Type"), p.body)
	}
	if err := json.Unmarshal([]byte(p.body), into); err != nil {
		t.Fatalf("%s: %v", p.body, err)
	}
}

// refused dials and insists on being refused before the upgrade.
func (s *server) refused(t testing.TB, path string, header http.Header, protocols ...string) (page, problem) {
	t.Helper()
	c, response, err := s.dial(path, header, protocols...)
	if err != nil {
		t.Fatal(err)
	}
	if c != nil {
		c.cut()
		t.Fatalf("%s was let in", path)
	}
	p := readPage(t, response)
	return p, p.problem(t)
}

// history reads all messages of a channel over HTTP, page by page from the newest,
// and insists that their places have no gap.
func (s *server) history(t testing.TB, channel string) []message {
	t.Helper()
	const limit = 100
	var all []message
	for before := ""; ; {
		var got struct {
			Messages []message
			More     bool
		}
		s.get(t, fmt.Sprintf("/api/v1/channels/%s/messages?limit=%d%s", channel, limit, before)).decode(t, &got)
		all = append(got.Messages, all...)
		if !got.More {
			break
		}
		if len(got.Messages) != limit {
			t.Fatalf("a page of %d messages and more", len(got.Messages))
		}
		before = "&before=" + strconv.FormatInt(all[0].Seq, 10)
	}
	ids := make(map[string]bool, len(all))
	for i, m := range all {
		if m.Seq != int64(i+1) || ids[m.ID] || m.Channel != channel {
			t.Fatalf("message %d of #%s is %+v", i+1, channel, m)
		}
		ids[m.ID] = true
	}
	return all
}

// metrics reads all series of /metrics, each under its name with labels as written.
func (s *server) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	series, err := s.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	return series
}

// metric reads one series and insists that there is one.
func (s *server) metric(t testing.TB, name string) float64 {
	t.Helper()
	value, ok := s.metrics(t)[name]
	if !ok {
		t.Fatalf("no metric %s", name)
	}
	return value
}

// eventually polls until something holds.
func eventually(t testing.TB, what string, limit time.Duration, holds func() bool) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(limit); !holds(); <-again.C {
		if time.Now().After(end) {
			t.Fatalf("never within %v: %s", limit, what)
		}
	}
}
