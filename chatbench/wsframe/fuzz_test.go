package wsframe

import (
	"bytes"
	"testing"
)

// FuzzParse reads any bytes as frames, and what is read as it was written.
func FuzzParse(f *testing.F) {
	f.Add([]byte{0x81, 0x00}, byte(Text), uint32(0))
	f.Add([]byte{0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, byte(Ping), uint32(0xDEADBEEF))
	f.Add([]byte{0x82, 0xFE, 0x00, 0x01, 1, 2, 3, 4, 5}, byte(Close), uint32(1))
	f.Fuzz(func(t *testing.T, b []byte, opcode byte, mask uint32) {
		frame, n, err := Parse(b)
		if n < 0 || n > len(b) || len(frame.Payload) > max(0, n-2) || n > 0 && err != nil {
			t.Fatalf("% x: %d bytes of payload in %d of %d, %v", b, len(frame.Payload), n, len(b), err)
		}
		if opcode = opcode%0xF + 1; len(b) > MaxPayload {
			return
		}
		key := [4]byte{byte(mask), byte(mask >> 8), byte(mask >> 16), byte(mask >> 24)}
		written := AppendClient(nil, opcode, key, b)
		frame, n, err = Parse(append(written, 'x'))
		if err != nil || n != len(written) || frame.Opcode != opcode || !frame.Masked || frame.Mask != key {
			t.Fatalf("a frame of %d bytes was read as %+v of %d, %v", len(written), frame, n, err)
		}
		if frame.Unmask(); !bytes.Equal(frame.Payload, b) {
			t.Errorf("% x came back as % x", b, frame.Payload)
		}
		for cut := range min(len(written), 16) {
			if _, n, err := Parse(written[:cut]); n != 0 || err != nil {
				t.Errorf("the first %d bytes are a frame of %d, %v", cut, n, err)
			}
		}
	})
}
