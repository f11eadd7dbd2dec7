package controllers_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
)

var errKilled = errors.New("the operator was killed")

// wire is what lies between an operator and its API server. It counts what passes, and may
// be cut at any write. It is safe for concurrent use.
type wire struct {
	mu      sync.Mutex
	first   func()           // called before the first write
	cut     func(string) cut // asked for each write; nil when nothing is cut
	dead    bool             // since it was cut
	created map[string]int   // by path; shared by all wires of an operator's lives
}

// cut is where a write is interrupted.
type cut int

const (
	never  cut = iota
	before     // it does not reach the API server
	after      // it has happened, and nobody hears of it
)

func (w *wire) before(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.first = do
}

// into puts the wire, and a record of all calls, into a connection.
func (w *wire) into(config *rest.Config) *rest.Config {
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) { return w.pass(next, request) })
	})
	return config
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (w *wire) pass(next http.RoundTripper, request *http.Request) (*http.Response, error) {
	writes := request.Method != http.MethodGet
	where := never
	if writes {
		var err error
		if where, err = w.decide(request.Method + " " + request.URL.Path); err != nil {
			return nil, err
		}
	}
	response, err := next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	calls.add(request, response.StatusCode)
	if writes && response.StatusCode == http.StatusCreated {
		w.mu.Lock()
		w.created[strings.TrimSuffix(request.URL.Path, "/")]++
		w.mu.Unlock()
	}
	if where == after {
		_ = response.Body.Close()
		return nil, errKilled
	}
	return response, nil
}

func (w *wire) decide(write string) (cut, error) {
	w.mu.Lock()
	first := w.first
	w.first = nil
	w.mu.Unlock()
	if first != nil {
		first()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return never, errKilled
	}
	if w.cut == nil {
		return never, nil
	}
	where := w.cut(write)
	w.dead = where != never
	if where == before {
		return where, errKilled
	}
	return where, nil
}
