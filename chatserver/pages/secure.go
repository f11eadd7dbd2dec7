package pages

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/problem"
)

// policy lets a page load and connect to nothing but this server, and make neither
// workers nor markup out of text: no policy for trusted types can be made, so that
// sinks such as innerHTML throw. Older Safari does not take 'self' for WebSockets, so
// the host is named for them.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'%s; manifest-src 'self'; worker-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// plainHost is a host that can stand in a policy: the Host header comes from outside
// and may hold characters that mean something there.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?$|^\[[0-9A-Fa-f:.]+\](:[0-9]+)?$`)

// Secured adds the headers that keep pages of others, and content that turns out to
// be something else, away from the chat.
func Secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sockets := ""
		if plainHost.MatchString(r.Host) {
			sockets = " ws://" + r.Host + " wss://" + r.Host
		}
		h := w.Header()
		h.Set("Content-Security-Policy", fmt.Sprintf(policy, sockets))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		next.ServeHTTP(w, r)
	})
}

// OnlyGet refuses all methods but GET and HEAD.
func OnlyGet(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			problem.Write(w, chat.Fail(chat.CodeMethodNotAllowed, "This address can only be read, with GET or HEAD."))
			return
		}
		next(w, r)
	}
}
