//go:build faults && linux

package faults_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
)

// noise is what happens to messages between two buses: when it is on, a tenth is lost, a
// tenth comes twice and a tenth after the next one. What NATS says beside messages, who
// is interested in what above all, is left alone: it holds a connection together, and
// without it nothing would arrive at all.
type noise struct {
	on                       atomic.Bool
	lost, repeated, overtook atomic.Int64

	mu     sync.Mutex
	random *rand.Rand
}

func newNoise(random *rand.Rand) *noise { return &noise{random: random} }

// fate is what becomes of one message.
type fate int

const (
	arrives fate = iota
	isLost
	comesTwice
	isOvertaken
)

func (n *noise) choose() fate {
	if !n.on.Load() {
		return arrives
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch n.random.IntN(10) {
	case 0:
		n.lost.Add(1)
		return isLost
	case 1:
		n.repeated.Add(1)
		return comesTwice
	case 2:
		n.overtook.Add(1)
		return isOvertaken
	default:
		return arrives
	}
}

// maxLine bounds a line of the protocol of NATS routes.
const maxLine = 64 << 10

// carry copies one direction of a connection between two buses, message by message.
func (n *noise) carry(to io.Writer, from io.Reader) error {
	reader := bufio.NewReaderSize(from, maxLine)
	var held []byte // a message that is overtaken by the next one
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		frame := bytes.Clone(line)
		if !isMessage(line) {
			if _, err := to.Write(frame); err != nil {
				return err
			}
			continue
		}
		size, err := sizeOf(line)
		if err != nil {
			return err
		}
		head := len(frame)
		frame = append(frame, make([]byte, size+len("\r\n"))...)
		if _, err := io.ReadFull(reader, frame[head:]); err != nil {
			return err
		}
		out := frame
		switch n.choose() {
		case isLost:
			continue
		case comesTwice:
			out = append(bytes.Clone(frame), frame...)
		case isOvertaken:
			if held == nil {
				held = frame
				continue
			}
		case arrives:
		}
		if _, err := to.Write(append(bytes.Clone(out), held...)); err != nil {
			return err
		}
		held = nil
	}
}

// isMessage holds for the head of a message on a route, with or without headers.
func isMessage(line []byte) bool {
	return bytes.HasPrefix(line, []byte("RMSG ")) || bytes.HasPrefix(line, []byte("HMSG "))
}

// sizeOf is the length of the payload, which is a head's last word.
func sizeOf(line []byte) (int, error) {
	words := bytes.Fields(line)
	size, err := strconv.Atoi(string(words[len(words)-1]))
	if err != nil || size < 0 {
		return 0, fmt.Errorf("no message of NATS: %q", line)
	}
	return size, nil
}
