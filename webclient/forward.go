package webclient

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/pages"
	"github.com/parley-chat/parley/chatserver/problem"
)

const (
	dialTimeout    = 2 * time.Second
	answerTimeout  = 10 * time.Second // until a backend's answer begins
	requestTimeout = 30 * time.Second // all tries of one request together
	maxBody        = 1 << 20          // bytes of a request
	maxTries       = 3                // backends that are tried for one request
)

func newDialer() *net.Dialer { return &net.Dialer{Timeout: dialTimeout, KeepAlive: -1} }

// newForwarder makes the handler that hands plain requests to backends.
func newForwarder(b *backends, log *slog.Logger) http.Handler {
	// With the headers that a chat server would have sent.
	unreached := pages.Secured(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { problem.Write(w, unreachable()) }))
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "backend" // the transport decides which
			r.Out.Host = r.In.Host                               // the server compares it with Origin
			forwarded(r.Out.Header, r.In)
		},
		Transport: &transport{backends: b, next: &http.Transport{
			DialContext: newDialer().DialContext, ResponseHeaderTimeout: answerTimeout, DisableCompression: true,
			MaxIdleConnsPerHost: 32, IdleConnTimeout: 60 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		}},
		BufferPool: &buffers{},
		ErrorLog:   slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			log.Debug("request not forwarded", "path", r.URL.Path, "error", err)
			unreached.ServeHTTP(w, r)
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		proxy.ServeHTTP(w, r.WithContext(ctx))
	})
}

// unreachable is what browsers are told when no chat server answers.
func unreachable() *chat.Error {
	return &chat.Error{Code: chat.CodeUnavailable, Retry: true, RetryAfter: time.Second,
		Message: "The chat server cannot be reached at the moment. Try again in a second."}
}

// forwarded says in the header of a request whom it comes from. What proxies before
// this one said stays; who asks may write it, too, so it is a hint and no proof.
func forwarded(header http.Header, in *http.Request) {
	from, _, err := net.SplitHostPort(in.RemoteAddr)
	if err != nil {
		from = "unknown"
	}
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		header.Del(name)
		for _, value := range in.Header.Values(name) {
			header.Add(name, value)
		}
	}
	header.Add("X-Forwarded-For", from)
	if header.Get("X-Forwarded-Host") == "" {
		header.Set("X-Forwarded-Host", in.Host)
	}
	if header.Get("X-Forwarded-Proto") == "" {
		header.Set("X-Forwarded-Proto", "http")
	}
}

// transport sends a request to the backend with the fewest connections, and to another
// one when that cannot have reached the first, or can be asked again.
type transport struct {
	backends *backends
	next     http.RoundTripper
}

var errNoBackend = errors.New("no backend is known")

// RoundTrip is for ReverseProxy.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var tried []*backend
	err := errNoBackend
	for range maxTries {
		one := t.backends.take(tried)
		if one == nil {
			break
		}
		tried = append(tried, one)
		var response *http.Response
		if response, err = t.next.RoundTrip(at(one, r)); err == nil {
			t.backends.works(one)
			response.Body = &counted{ReadCloser: response.Body, free: sync.OnceFunc(func() { t.backends.free(one) })}
			return response, nil
		}
		t.backends.free(one)
		if r.Context().Err() != nil {
			break // the browser has gone, or it took too long
		}
		t.backends.passOver(one, err.Error())
		if !repeatable(r, err) {
			break
		}
	}
	return nil, err
}

// at is the request as it is sent to a backend.
func at(one *backend, r *http.Request) *http.Request {
	out := r.WithContext(r.Context())
	address := *r.URL
	address.Host = one.address
	out.URL = &address
	if r.Body != nil && r.Body != http.NoBody {
		out.Body = io.NopCloser(r.Body) // a try that fails closes it, and another may follow
	}
	return out
}

// repeatable: what only reads, and what never got out.
func repeatable(r *http.Request, err error) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.Body == nil || r.Body == http.NoBody
	}
	var network *net.OpError
	return errors.As(err, &network) && network.Op == "dial"
}

// counted is a body that tells when it has been read.
type counted struct {
	io.ReadCloser
	free func()
}

// Close frees the backend.
func (c *counted) Close() error {
	defer c.free()
	return c.ReadCloser.Close()
}
