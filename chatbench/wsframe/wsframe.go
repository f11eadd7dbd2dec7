// Package wsframe reads and writes WebSocket frames (RFC 6455 section 5) in place,
// and the two ends of the opening handshake, for the load generator and the floor.
// It does not join fragments: neither end here has a use for them.
package wsframe

import (
	"crypto/sha1" // RFC 6455 section 4.2.2 prescribes it; nothing is protected by it
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// The opcodes of RFC 6455 section 5.2.
const (
	Continuation = 0x0
	Text         = 0x1
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xA
)

const (
	final    = 0x80
	reserved = 0x70
	masked   = 0x80
)

// MaxPayload is the longest payload that Parse accepts, in bytes.
const MaxPayload = 1 << 20

// What Parse refuses.
var (
	ErrTooLong    = errors.New("frame longer than 1 MiB")
	ErrFragmented = errors.New("fragmented frame")
	ErrReserved   = errors.New("reserved bits set in a frame")
)

// Frame is one whole frame; Payload lies in the bytes that were parsed.
type Frame struct {
	Opcode  byte
	Masked  bool
	Mask    [4]byte
	Payload []byte
}

// Parse reads the first frame of b and returns how many bytes it takes, or 0 if it
// is not all there yet.
func Parse(b []byte) (Frame, int, error) {
	if len(b) < 2 {
		return Frame{}, 0, nil
	}
	f := Frame{Opcode: b[0] & 0xF, Masked: b[1]&masked != 0}
	switch {
	case b[0]&reserved != 0:
		return f, 0, ErrReserved
	case b[0]&final == 0 || f.Opcode == Continuation:
		return f, 0, ErrFragmented
	}
	length, header := uint64(b[1]&^masked), 2
	switch length {
	case 126:
		if header = 4; len(b) < header {
			return f, 0, nil
		}
		length = uint64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		if header = 10; len(b) < header {
			return f, 0, nil
		}
		length = binary.BigEndian.Uint64(b[2:])
	}
	if length > MaxPayload {
		return f, 0, ErrTooLong
	}
	if f.Masked {
		if len(b) < header+4 {
			return f, 0, nil
		}
		copy(f.Mask[:], b[header:])
		header += 4
	}
	end := header + int(length)
	if len(b) < end {
		return f, 0, nil
	}
	f.Payload = b[header:end:end]
	return f, end, nil
}

// Unmask takes the mask off the payload, in place.
func (f Frame) Unmask() {
	if f.Masked {
		applyMask(f.Payload, f.Mask)
	}
}

// AppendClient appends a frame as a client sends it: final and masked.
func AppendClient(dst []byte, opcode byte, mask [4]byte, payload []byte) []byte {
	dst = append(dst, final|opcode)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, masked|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(n))
	}
	dst = append(dst, mask[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	applyMask(dst[start:], mask)
	return dst
}

func applyMask(b []byte, mask [4]byte) {
	for i := range b {
		b[i] ^= mask[i&3]
	}
}

// Accept is the Sec-WebSocket-Accept that answers a Sec-WebSocket-Key.
func Accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
