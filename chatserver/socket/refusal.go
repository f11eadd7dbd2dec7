package socket

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"time"
)

// refuseTimeout bounds the writing of an answer that fits any socket's empty buffer.
const refuseTimeout = time.Second

// refusal is the response to an upgrade request that is refused where connections are
// accepted.
type refusal struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *refusal) Header() http.Header         { return w.header }
func (w *refusal) WriteHeader(status int)      { w.status = status }
func (w *refusal) Write(p []byte) (int, error) { return w.body.Write(p) }

// send writes the response and closes the connection. Whom it does not reach is gone.
func (w *refusal) send(conn net.Conn) {
	response := http.Response{
		StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Close: true,
		ContentLength: int64(w.body.Len()), Body: io.NopCloser(&w.body),
	}
	w.header.Del("Content-Length") // Write makes its own
	var answer bytes.Buffer
	if response.Write(&answer) == nil && conn.SetWriteDeadline(time.Now().Add(refuseTimeout)) == nil {
		_, _ = conn.Write(answer.Bytes())
	}
	_ = conn.Close()
}
