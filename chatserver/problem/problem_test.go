package problem_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWrite(t *testing.T) {
	for _, test := range []struct {
		about      string
		err        *chat.Error
		status     int
		retryAfter string
		body       string
	}{
		{
			about:  "a field and its limit",
			err:    chat.FailField(chat.CodeFieldInvalid, "limit", 100, "limit must be a number from 1 to %d.", 100),
			status: http.StatusBadRequest,
			body:   `{"type":"urn:parley:error:field_invalid","title":"Bad Request","status":400,"detail":"limit must be a number from 1 to 100.","code":"field_invalid","field":"limit","limit":100}`,
		}, {
			about:  "a cause, which stays inside",
			err:    chat.AsError(errors.New("secret <dsn>")),
			status: http.StatusInternalServerError,
			body:   `{"type":"urn:parley:error:internal","title":"Internal Server Error","status":500,"detail":"Something went wrong here. It has been logged.","code":"internal"}`,
		}, {
			about:      "a time to wait, rounded up",
			err:        &chat.Error{Code: chat.CodeTooManyConnections, Message: "Full <for now>.", Retry: true, RetryAfter: 1001 * time.Millisecond},
			status:     http.StatusServiceUnavailable,
			retryAfter: "2",
			body:       `{"type":"urn:parley:error:too_many_connections","title":"Service Unavailable","status":503,"detail":"Full <for now>.","code":"too_many_connections"}`,
		}, {
			about:      "to be tried again, nobody knows when",
			err:        &chat.Error{Code: chat.CodeDraining, Message: "Going.", Retry: true},
			status:     http.StatusServiceUnavailable,
			retryAfter: "1",
			body:       `{"type":"urn:parley:error:draining","title":"Service Unavailable","status":503,"detail":"Going.","code":"draining"}`,
		},
	} {
		t.Run(test.about, func(t *testing.T) {
			w := httptest.NewRecorder()
			problem.Write(w, test.err)
			if diff := cmp.Diff(test.body, w.Body.String()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			want := http.Header{
				"Content-Type":           {"application/problem+json"},
				"Cache-Control":          {"no-store"},
				"Content-Length":         {strconv.Itoa(len(test.body))},
				"X-Content-Type-Options": {"nosniff"},
			}
			if test.retryAfter != "" {
				want.Set("Retry-After", test.retryAfter)
			}
			if diff := cmp.Diff(want, w.Header()); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if w.Code != test.status {
				t.Errorf("status %d, want %d", w.Code, test.status)
			}
			if !json.Valid(w.Body.Bytes()) {
				t.Error("not JSON")
			}
		})
	}
}

// TestEveryCodeHasAStatus reads the codes from the source, so that a new one
// cannot become a 500 by being forgotten.
func TestEveryCodeHasAStatus(t *testing.T) {
	codes := codesInSource(t)
	if len(codes) < 30 {
		t.Fatalf("only %d codes found: the test reads the wrong thing", len(codes))
	}
	for _, code := range codes {
		status := problem.Status(code)
		if status < 400 || http.StatusText(status) == "" {
			t.Errorf("%s has status %d", code, status)
		}
		if status == http.StatusInternalServerError && code != chat.CodeInternal {
			t.Errorf("%s has no status of its own", code)
		}
	}
}

func codesInSource(t *testing.T) []chat.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../chat/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []chat.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, chat.Code(text))
		return true
	})
	return codes
}
