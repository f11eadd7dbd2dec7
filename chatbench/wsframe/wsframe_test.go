package wsframe

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestClientFramesParse(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
		payload := []byte(strings.Repeat("x", size))
		wire := AppendClient(nil, Text, [4]byte{1, 2, 3, 4}, payload)
		for cut := range min(len(wire), 20) {
			if _, n, err := Parse(wire[:cut]); n != 0 || err != nil {
				t.Fatalf("%d bytes, cut at %d: took %d, %v", size, cut, n, err)
			}
		}
		f, n, err := Parse(append(wire, "next"...))
		if err != nil || n != len(wire) || f.Opcode != Text || !f.Masked {
			t.Fatalf("%d bytes: %+v, took %d of %d, %v", size, f.Opcode, n, len(wire), err)
		}
		f.Unmask()
		if !bytes.Equal(f.Payload, payload) {
			t.Errorf("%d bytes came out differently", size)
		}
	}
}

func TestServerFrame(t *testing.T) {
	f, n, err := Parse([]byte{0x81, 2, 'h', 'i', 0x89})
	if err != nil || n != 4 || f.Masked || string(f.Payload) != "hi" {
		t.Errorf("%+v, took %d, %v", f, n, err)
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		wire []byte
		want error
	}{
		{"first fragment", []byte{0x01, 1, 'x'}, ErrFragmented},
		{"continuation", []byte{0x80, 1, 'x'}, ErrFragmented},
		{"compressed", []byte{0xC1, 1, 'x'}, ErrReserved},
		{"endless", []byte{0x81, 127, 0, 0, 0, 0, 0, 0x20, 0, 0}, ErrTooLong},
	} {
		if _, _, err := Parse(test.wire); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestAccept(t *testing.T) { // the example of RFC 6455 section 1.3
	if got := Accept("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Error(got)
	}
}
