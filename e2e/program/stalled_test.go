package program_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// How many ask for a page over HTTP and read nothing, and what may be kept for all of them;
// each page of theirs alone is a third of it.
const (
	stalledReaders = 60
	pagesAsked     = 4 // each
	keptForAll     = 3 << 20
)

// Many ask for a page over HTTP and read none of it. What is kept for them has a bound over
// all; who reads is answered, and nothing is kept when they have gone.
func TestStalledOverHTTP(t *testing.T) {
	s := start(t, newSQLite(t), "--rate", "0", "--total-queue-bytes", "3MiB")
	anna := s.member(t, "anna")
	for range 100 {
		anna.post("general", strings.Repeat("界", 3900))
	}
	page := len(s.get(t, "/messages").body)
	if page < keptForAll/4 {
		t.Fatalf("a page has %d bytes", page)
	}
	stalled := make([]net.Conn, stalledReaders)
	for i := range stalled {
		conn, err := net.Dial("tcp", s.Chat)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		stalled[i] = conn
		// The first pages are the system's to keep: of loopback it takes more than a megabyte.
		ask := fmt.Sprintf("GET /messages HTTP/1.1\r\nHost: %s\r\n\r\n", s.Chat)
		if _, err := conn.Write([]byte(strings.Repeat(ask, pagesAsked))); err != nil {
			t.Fatal(err)
		}
	}
	let := func() float64 { return s.metric(t, "chatapp_slow_consumers_total") }
	most := 0.0
	eventually(t, "all but a few are let go of", answerLimit, func() bool {
		most = max(most, s.metric(t, "chatapp_held_bytes"))
		return let() >= stalledReaders-10
	})
	if most > keptForAll {
		t.Errorf("%.0f bytes were kept, %d may be", most, keptForAll)
	}
	eventually(t, "who reads is answered", answerLimit, func() bool { // at the second time, while others still come
		response, err := web.Get("http://" + s.Chat + "/messages")
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		return err == nil && len(body) == page
	})
	t.Logf("%v of %d let go of, %.0f bytes kept at most", let(), stalledReaders, most)
	for _, conn := range stalled {
		_ = conn.Close()
	}
	eventually(t, "nothing is kept", answerLimit, func() bool { return s.metric(t, "chatapp_held_bytes") == 0 })
}
