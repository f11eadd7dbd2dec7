package local_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/bus/bustest"
	"github.com/parley-chat/parley/chatserver/bus/local"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLocalBus(t *testing.T) {
	bustest.Run(t, func(_ *testing.T, nodes int) []bustest.Bus {
		bus := &local.Bus{}
		buses := make([]bustest.Bus, nodes)
		for i := range buses {
			buses[i] = bus
		}
		return buses
	})
}
