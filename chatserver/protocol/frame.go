package protocol

import "encoding/binary"

// Frame is one WebSocket frame as it goes over the wire, header and payload, made
// once and shared by all connections that it is sent to: never change it. Server
// frames are not masked (RFC 6455 section 5.1), so it is the same for everybody.
type Frame []byte

// The opcodes of RFC 6455 section 5.2, each with the FIN bit.
const (
	opText  = 0x80 | 0x1
	opClose = 0x80 | 0x8
	opPing  = 0x80 | 0x9
	opPong  = 0x80 | 0xA
)

const maxHeader = 10

// Ping is the frame that asks whether a connection is alive.
var Ping = control(opPing, nil)

// Text makes a text frame by calling write, which appends the payload.
func Text(sizeHint int, write func(dst []byte) []byte) Frame {
	buf := write(make([]byte, maxHeader, maxHeader+sizeHint))
	n := len(buf) - maxHeader
	switch {
	case n < 126:
		buf[8], buf[9] = opText, byte(n)
		return buf[8:]
	case n < 1<<16:
		buf[6], buf[7] = opText, 126
		binary.BigEndian.PutUint16(buf[8:], uint16(n))
		return buf[6:]
	default:
		buf[0], buf[1] = opText, 127
		binary.BigEndian.PutUint64(buf[2:], uint64(n))
		return buf
	}
}

// Pong answers a ping with its payload, of at most 125 bytes.
func Pong(payload string) Frame { return control(opPong, []byte(payload)) }

// Close makes a close frame. reason is cut to the 123 bytes that one may have.
func Close(code int, reason string) Frame {
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return control(opClose, append(payload, reason...))
}

func control(op byte, payload []byte) Frame {
	if len(payload) > 125 {
		payload = payload[:125]
	}
	return append(Frame{op, byte(len(payload))}, payload...)
}

// Payload is what the frame carries behind its header.
func (f Frame) Payload() []byte {
	switch {
	case len(f) < 2:
		return nil
	case f[1] == 126:
		return f[4:]
	case f[1] == 127:
		return f[10:]
	default:
		return f[2:]
	}
}

// IsClose tells whether the frame is a close frame.
func (f Frame) IsClose() bool { return len(f) > 0 && f[0] == opClose }
