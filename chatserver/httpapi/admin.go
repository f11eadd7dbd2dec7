package httpapi

import (
	"context"
	"io"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parley-chat/parley/chatserver/problem"
)

const (
	readyTimeout = 2 * time.Second // shorter than a probe's usual patience
	trialTimeout = 8 * time.Second // for clients that wait 10
)

// Asked is what the admin side asks the server. Each tells what is wrong as a sentence, or
// nil.
type Asked struct {
	Ready func(context.Context) error // why nobody should be sent here
	Trial func(context.Context) error // why a message does not get through
}

// Admin makes the side that is never shown to the public: /metrics, /healthz,
// /readyz, /trial and /debug/pprof. With exemplars the metrics are OpenMetrics for who asks for it, which
// alone can carry them as text; some bounds of buckets are written differently in it. The
// handler is safe for concurrent use.
func Admin(gatherer prometheus.Gatherer, exemplars bool, asked Asked) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{EnableOpenMetrics: exemplars}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		report(w, r, readyTimeout, asked.Ready, "ready")
	})
	// It writes, and so is no GET.
	mux.HandleFunc("POST /trial", func(w http.ResponseWriter, r *http.Request) {
		report(w, r, trialTimeout, asked.Trial, "a message got through")
	})
	// Without pprof.Cmdline: a store's password may stand in the arguments.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { problem.Write(w, notFound()) })
	return mux
}

func report(w http.ResponseWriter, r *http.Request, within time.Duration, ask func(context.Context) error, well string) {
	ctx, cancel := context.WithTimeout(r.Context(), within)
	defer cancel()
	if err := ask(ctx); err != nil {
		writeText(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	writeText(w, http.StatusOK, well)
}

func writeText(w http.ResponseWriter, status int, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, sentence+"\n") // it fails only when the client has gone
}
