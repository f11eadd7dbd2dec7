// Package httpapi is the HTTP side of the chat server: reading messages and
// channels, the web client's files, and on the admin port metrics, health and
// profiling. What it answers is described in docs/protocol.md and openapi.json.
package httpapi

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/pages"
	"github.com/parley-chat/parley/chatserver/problem"
	"github.com/parley-chat/parley/client"
)

const (
	// requestTimeout ends what a request asks of the store.
	requestTimeout = 5 * time.Second
	// maxQuery bounds a query, in bytes: the longest channel name as percent-encoded
	// UTF-8, and room beside it.
	maxQuery = 2048
)

// Channels is what the API asks of the log engine. Names are valid, pages and
// limits within the protocol's bounds.
type Channels interface {
	// History reads a page of a channel's messages, oldest first.
	History(ctx context.Context, channel string, page chat.Page) (chat.History, error)
	// Channels lists channels with a name greater than after, at most limit, and
	// tells whether there are more.
	Channels(ctx context.Context, after string, limit int) ([]chat.Channel, bool, error)
}

// Connections is where WebSockets connect, and what all that is kept for somebody to read
// has its room from: answers over HTTP, too.
type Connections interface {
	http.Handler
	// PageTurn waits until a page of history may be made, whose end is to be told.
	PageTurn(ctx context.Context) (end func(), err error)
	// Keep notes that so many bytes wait to be read. left is to be told how many still do,
	// and 0 in the end; abandon is called when there is room for them no more.
	Keep(bytes int, abandon func()) (left func(bytes int))
}

// ChatPath is where WebSockets connect.
const ChatPath = "/chat"

//go:embed openapi.json
var openAPI []byte

// New makes the public side: the API, the web client, and /chat, which it hands to
// connections. The handler is safe for concurrent use.
func New(channels Channels, connections Connections, log *slog.Logger) http.Handler {
	h, err := newHandler(channels, connections, client.Files(), log)
	if err != nil {
		panic(err) // the files are part of the program: it was built wrongly
	}
	return h
}

func newHandler(channels Channels, connections Connections, files fs.FS, log *slog.Logger) (http.Handler, error) {
	static, err := pages.NewStatic(files)
	if err != nil {
		return nil, fmt.Errorf("reading the web client's files: %w", err)
	}
	a := &api{channels: channels, connections: connections, log: log}
	web := http.NewServeMux()
	for _, route := range a.routes() {
		web.HandleFunc(route.path, pages.OnlyGet(route.handle))
	}
	web.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, notFound())
	})
	web.HandleFunc("/", pages.OnlyGet(static.ServeHTTP))

	// Upgrades pass by what surrounds the rest: a connection outlives its request,
	// and the headers are for pages.
	all := http.NewServeMux()
	all.Handle(ChatPath, connections)
	all.Handle("/", logged(log, recovered(log, pages.Secured(web))))
	return all, nil
}

type api struct {
	channels    Channels
	connections Connections
	log         *slog.Logger
}

// route is one path of the API; each is described in openapi.json.
type route struct {
	path   string
	handle http.HandlerFunc
}

func (a *api) routes() []route {
	return []route{
		{"/messages", a.latest},
		{"/api/v1/channels", a.listChannels},
		{"/api/v1/channels/{name}/messages", a.history},
		{"/api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) { a.write(w, openAPI) }},
	}
}

func notFound() *chat.Error {
	return chat.Fail(chat.CodeNotFound, "There is nothing at this address.")
}
