//go:build linux

package monitoring_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// testReplicaDown ends a replica and starts it again.
func testReplicaDown(t *testing.T, i *installation) {
	last := i.replicas[len(i.replicas)-1]
	last.stop(t)
	i.fires(t, "ParleyReplicaDown")
	firing, err := i.prometheus.firing()
	if err != nil || slices.Contains(firing, "ParleyDown") || slices.Contains(firing, "ParleyReplicasApart") {
		t.Errorf("one replica of %d is down, and these fire: %v, %v", len(i.replicas), firing, err)
	}
	i.startReplica(last)
	i.clears(t, "ParleyReplicaDown")
}

// testStore ends the member that is the primary, and then the one that was elected: the
// first is a member too few, the second a majority.
func testStore(t *testing.T, i *installation) {
	first, err := i.mongo.Primary(t.Context())
	if err == nil {
		err = i.mongo.KillMember(first)
	}
	if err != nil {
		t.Fatal(err)
	}
	i.fires(t, "ParleyStoreMemberMissing")
	second, err := i.mongo.Primary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i.clears(t, "ParleyStoreNoPrimary") // which may have fired until the next one was elected
	if err := i.mongo.KillMember(second); err != nil {
		t.Fatal(err)
	}
	i.fires(t, "ParleyStoreNoPrimary")
	if err := errors.Join(i.mongo.StartMember(t.Context(), first), i.mongo.StartMember(t.Context(), second), i.mongo.WaitUntilHealthy(t.Context())); err != nil {
		t.Fatal(err)
	}
	i.clears(t, "ParleyStoreNoPrimary")
	i.clears(t, "ParleyStoreMemberMissing")
}

// stalled is how many readers stall: more than the ten that the alert bears.
const stalled = 15

// testSlowConsumers has readers stop to read while somebody writes.
func testSlowConsumers(t *testing.T, i *installation) {
	r := i.replicas[0]
	for n := range stalled {
		stall(t, r, fmt.Sprintf("stalled-%d", n))
	}
	writer, reading := talk(t, r, "writer")
	text := strings.Repeat("😀", 3900)
	slow := fmt.Sprintf("chatapp_slow_consumers_total %d\n", stalled)
	for posted := 0; !strings.Contains(i.metrics(r), slow); posted += 10 {
		if posted > 2000 {
			t.Fatalf("after %d messages not all are closed", posted)
		}
		for range 10 {
			if err := writer.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if err := <-reading; err != nil { // its own message, so that it does not run ahead
				t.Fatal(err)
			}
		}
	}
	i.fires(t, "ParleySlowConsumers")
	i.clears(t, "ParleySlowConsumers")
}
