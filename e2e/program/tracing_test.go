package program_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes traces as an OpenTelemetry collector does, and keeps them.
type collector struct {
	t   testing.TB
	url string

	mu     sync.Mutex
	spans  []span
	bodies bytes.Buffer
}

// span is one that a replica has sent.
type span struct {
	*otlp.Span
	replica string
}

func newCollector(t testing.TB) *collector {
	t.Helper()
	c := &collector{t: t}
	listening := httptest.NewServer(c)
	t.Cleanup(listening.Close)
	c.url = listening.URL
	return c
}

// ServeHTTP takes one batch of spans.
func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var batch coltrace.ExportTraceServiceRequest
	if err = errors.Join(err, proto.Unmarshal(body, &batch)); err != nil || r.URL.Path != "/v1/traces" {
		c.t.Errorf("%s: %v", r.URL, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.bodies.Write(body) // never fails
	for _, from := range batch.GetResourceSpans() {
		replica := ""
		for _, a := range from.GetResource().GetAttributes() {
			if a.GetKey() == "service.instance.id" {
				replica = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range from.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, span{s, replica})
			}
		}
	}
}

// find gives the first span that has a property.
func (c *collector) find(ok func(span) bool) (span, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.spans, ok); i >= 0 {
		return c.spans[i], true
	}
	return span{}, false
}

// events are a span's, each with its rev.
func (s span) events() string {
	var all []string
	for _, e := range s.GetEvents() {
		all = append(all, e.GetName())
		for _, a := range e.GetAttributes() {
			all = append(all, fmt.Sprint(a.GetValue().GetIntValue()))
		}
	}
	return strings.Join(all, " ")
}

// forwarded looks for a message that was committed on another replica than where it came
// in, and delivered there: its span, the owner's, and the delivery's.
func (c *collector) forwarded() (said, committed, delivered span, ok bool) {
	delivered, ok = c.find(func(d span) bool {
		if d.Name != "deliver" || len(d.GetLinks()) != 1 {
			return false
		}
		said, committed = span{}, span{}
		for _, s := range c.spans {
			switch {
			case s.Name == "post" && s.replica == d.replica && bytes.Equal(s.SpanId, d.Links[0].SpanId):
				said = s
			case s.Name == "commit post" && bytes.Equal(s.ParentSpanId, d.Links[0].SpanId):
				committed = s
			}
		}
		return said.Span != nil && committed.Span != nil
	})
	return said, committed, delivered, ok
}

// A message is one trace over the replicas that it passes, and its delivery elsewhere has a
// link to it. None of it says who, where or what; metrics name traces as exemplars.
func TestTraceOverTwoReplicas(t *testing.T) {
	t.Parallel()
	collected := newCollector(t)
	c := newCluster(t, 0)
	const private = "nothing for others"
	var people []*client
	for i, user := range []string{"annamaria", "jonathan"} {
		s := c.add("--otlp-endpoint", collected.url, "--trace-ratio", "1")
		people = append(people, s.member(t, user))
		people[i].want("joined", request{"type": []string{"create", "join"}[i], "channel": "watercooler"})
	}
	var said, committed, delivered span
	eventually(t, "a message is traced over both", answerLimit, func() (ok bool) {
		for _, p := range people {
			p.post("watercooler", private)
		}
		time.Sleep(100 * time.Millisecond) // traces are sent every two seconds
		said, committed, delivered, ok = collected.forwarded()
		return ok
	})
	if len(said.ParentSpanId) != 0 || committed.replica == said.replica || !bytes.Equal(committed.TraceId, said.TraceId) ||
		!bytes.Equal(delivered.Links[0].TraceId, said.TraceId) || bytes.Equal(delivered.TraceId, said.TraceId) || len(delivered.ParentSpanId) != 0 {
		t.Errorf("said %v\ncommitted %v\ndelivered %v", said, committed, delivered)
	}
	place := committed.events() // committed, and where
	if !regexp.MustCompile(`^committed \d+$`).MatchString(place) || said.events() != "forwarded "+place {
		t.Errorf("the owner says %q, the other %q", place, said.events())
	}
	if said.EndTimeUnixNano <= said.StartTimeUnixNano || committed.StartTimeUnixNano < said.StartTimeUnixNano {
		t.Errorf("said %v\ncommitted %v", said, committed)
	}
	for _, s := range c.replicas {
		checkExemplars(t, s, collected)
	}

	last := people[0].post("watercooler", private)
	c.remove(0).stop()
	if _, ok := collected.find(func(s span) bool { return strings.HasSuffix(s.events(), fmt.Sprintf("committed %d", last.Rev)) }); !ok {
		t.Error("the last message's span was not sent at the end")
	}
	collected.mu.Lock()
	defer collected.mu.Unlock()
	for _, secret := range []string{"annamaria", "jonathan", "watercooler", private} {
		if bytes.Contains(collected.bodies.Bytes(), []byte(secret)) {
			t.Errorf("the traces tell %q", secret)
		}
	}
}

// checkExemplars wants both histograms to name traces, to who asks as Prometheus does.
func checkExemplars(t *testing.T, s *server, collected *collector) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+s.Admin+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	response, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	p := readPage(t, response)
	for _, name := range []string{"chatapp_commit_seconds_bucket", "chatapp_delivery_seconds_bucket"} {
		found := regexp.MustCompile(name + `\{[^}]*\} \d+ # \{trace_id="([0-9a-f]{32})"\}`).FindStringSubmatch(p.body)
		if found == nil {
			t.Errorf("%s has no exemplar:\n%s", name, p.body)
			continue
		}
		eventually(t, "the trace of an exemplar is sent", answerLimit, func() bool {
			_, ok := collected.find(func(s span) bool { return hex.EncodeToString(s.TraceId) == found[1] })
			return ok
		})
	}
}

// Without its collector a server serves and ends as ever, and says once what is wrong.
func TestCollectorIsGone(t *testing.T) {
	t.Parallel()
	s := start(t, newSQLite(t), "--otlp-endpoint", "http://"+freeAddress(t), "--trace-ratio", "1")
	anna := s.member(t, "anna")
	eventually(t, "it says that traces cannot be sent", answerLimit, func() bool {
		anna.post("general", "still here")
		time.Sleep(200 * time.Millisecond) // within what one may send
		return strings.Contains(s.Output(), "traces could not be sent")
	})
	for range 20 {
		anna.post("general", "and still")
		time.Sleep(200 * time.Millisecond) // until some have been tried to be sent
	}
	s.stop()
	if n := strings.Count(s.Output(), "traces could not be sent"); n != 1 {
		t.Errorf("said %d times:\n%s", n, s.Output())
	}
}
